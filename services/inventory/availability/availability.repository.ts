import { sql } from 'kysely';

import type { StockLevel } from '#contracts/inventory.ts';
import type { Region } from '#contracts/regions.ts';

import type { InventoryDb } from '../deps.ts';

export interface AvailabilityRow {
  readonly product_id: string;
  readonly region: Region;
  readonly level: StockLevel;
}

export async function selectAvailability(db: InventoryDb, productIds: readonly string[]): Promise<readonly AvailabilityRow[]> {
  const { rows } = await sql<AvailabilityRow>`
    SELECT a.product_id, a.region, a.level FROM inventory.availability a WHERE a.product_id = ANY (${productIds}::uuid[])`.execute(db);
  return rows;
}
