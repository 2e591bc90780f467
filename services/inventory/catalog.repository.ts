import { sql } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { InventoryDb } from './deps.ts';

/** Ids that name nothing in the catalogue. */
export interface Missing {
  readonly stores: ReadonlySet<string>;
  readonly products: ReadonlySet<string>;
}

/** Which of these ids name nothing in the catalogue (docs/domain.md). The others do until the transaction ends. Asked before stock is locked. */
export async function missingOf(trx: InventoryDb, stores: readonly string[], products: readonly string[]): Promise<Missing> {
  const { rows } = await sql<{ kind: string; id: string }>`
    SELECT m.kind, m.id FROM catalog.missing_of(${stores}::uuid[], ${products}::uuid[]) m`.execute(trx);
  const idsOf = (wanted: string) => new Set(rows.filter(({ kind }) => kind === wanted).map(({ id }) => id));
  return { stores: idsOf('store'), products: idsOf('product') };
}

/** Throws AppError `reference_missing` with the fields whose id is missing. */
export function refuseMissing(named: readonly { readonly field: string; readonly isMissing: boolean }[]): void {
  const errors = named.filter(({ isMissing }) => isMissing).map(({ field }) => ({ field, message: 'names nothing that exists' }));
  if (errors.length > 0) throw new AppError('reference_missing', { errors });
}
