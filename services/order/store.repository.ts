import { sql } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { Trx } from './deps.ts';

/**
 * Makes sure that goods go to or come from a store that there is, and that stays until the transaction ends: `catalog.missing_of` (docs/domain.md). Null names none.
 * Asked before stock is locked. Throws AppError `reference_missing`.
 */
export async function requireStore(trx: Trx, storeId: string | null): Promise<void> {
  if (storeId === null) return;
  const { rows } = await sql`SELECT FROM catalog.missing_of(${[storeId]}::uuid[], '{}')`.execute(trx);
  if (rows.length > 0) throw new AppError('reference_missing', { errors: [{ field: 'storeId', message: 'names nothing that exists' }] });
}
