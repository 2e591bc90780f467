import { sql } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { Trx } from './deps.ts';

/**
 * Which of these accounts have been erased; until the transaction ends none of the others is, so that an erasure finds what is written down of them. Call it before
 * rows are locked: an erasure locks in that order.
 */
export async function holdAccounts(trx: Trx, accountIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (accountIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`SELECT users.hold(${accountIds}::uuid[]) AS id`.execute(trx);
  return new Set(rows.map(({ id }) => id));
}

/** Throws AppError `account_erased`: an access token outlives its account by minutes. */
export async function requireNotErased(trx: Trx, accountId: string): Promise<void> {
  const erased = await holdAccounts(trx, [accountId]);
  if (erased.size > 0) throw new AppError('account_erased');
}

/** Takes whose they are, and where they went, from orders that are over, and the buyer from their invoices. */
export async function forgetBuyers(trx: Trx, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await sql`UPDATE orders.order SET account_id = NULL, forgotten_at = now() WHERE id = ANY (${orderIds}::uuid[])`.execute(trx);
}
