import { expect } from 'vitest';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import type { AcknowledgedWrite } from '../../checkers/ledger.ts';
import type { RegionPlant } from './plant.ts';

const Stamp = Type.Object({ version: Type.String(), origin: Type.String(), vector: Type.Record(Type.String(), Type.String()) });
const Bulk = Type.Object({ results: Type.Array(Type.Object({ status: Type.String(), id: Type.String(), stamp: Stamp })) });

/** Writes through a region's API, and keeps what was acknowledged. */
export interface Writer {
  readonly acknowledged: readonly AcknowledgedWrite[];
  /** The price of a product that all writes change, and a product of its own. Answers whether it was acknowledged. */
  write(on: RegionPlant, name: string): Promise<boolean>;
}

export function createWriter(prefix: string): Writer {
  const acknowledged: AcknowledgedWrite[] = [];
  let sequence = 0;
  return {
    acknowledged,
    async write(on, name) {
      sequence += 1;
      const item = {
        price: { amountMinor: sequence, currency: 'GBP' },
        pricedAt: new Date(1_600_000_000_000 + sequence * 1_000).toISOString(),
      };
      let response: Response;
      try {
        response = await on.post('/v1/products/bulk', {
          items: [
            { ...item, sku: `${prefix}-SHARED`, name: 'Shared' },
            { ...item, sku: `${prefix}-${on.region.toUpperCase()}-${sequence}`, name },
          ],
        });
      } catch {
        // Its process died: whether it was written nobody was told.
        return false;
      }
      // Its database is starting again: nothing was promised.
      if (response.status === 503) return false;
      expect(response.status, await response.clone().text()).toBe(200);
      for (const { id, stamp } of Value.Parse(Bulk, await response.json()).results)
        acknowledged.push({ entity: 'catalog.product', key: id, ...stamp });
      return true;
    },
  };
}
