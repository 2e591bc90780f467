import { sql } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { Trx } from './deps.ts';

/**
 * Makes sure that goods go to or come from a store of this region, and that it stays until the transaction ends: `catalog.unusable_of` (docs/domain.md). Null names none.
 * Asked before stock is locked. Throws AppError `reference_missing`, and `foreign_home_region` for a store of the other region.
 */
export async function requireStore(trx: Trx, storeId: string | null): Promise<void> {
  if (storeId === null) return;
  const { rows } = await sql<{ why: 'missing' | 'elsewhere' }>`SELECT u.why FROM catalog.unusable_of(${[storeId]}::uuid[], '{}') u`.execute(
    trx,
  );
  const why = rows[0]?.why;
  if (why === undefined) return;
  if (why === 'missing') throw new AppError('reference_missing', { errors: [{ field: 'storeId', message: 'names nothing that exists' }] });
  throw new AppError('foreign_home_region', { errors: [{ field: 'storeId', message: 'is a store of the other region' }] });
}
