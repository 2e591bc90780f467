import { sql } from 'kysely';

import type { UserDb, UserTransaction } from '../deps.ts';

/** Accounts that are to be erased because the other region has erased who is linked to them, the longest due first. */
export async function selectDueErasures(db: UserDb, most: number): Promise<string[]> {
  const { rows } = await sql<{ account_id: string }>`
    SELECT t.account_id FROM users.erasure_due t ORDER BY t.since, t.account_id LIMIT ${most}`.execute(db);
  return rows.map(({ account_id }) => account_id);
}

/** An account that is erased is not due any more. */
export async function settleDueErasure(trx: UserTransaction, accountId: string): Promise<void> {
  await sql`DELETE FROM users.erasure_due t WHERE t.account_id = ${accountId}`.execute(trx);
}
