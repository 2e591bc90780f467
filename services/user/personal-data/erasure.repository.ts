import { type RawBuilder, sql } from 'kysely';

import type { ErasureReason, OtherAccount } from '#contracts/user.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { UserDb, UserTransaction } from '../deps.ts';

export interface ErasureRow {
  readonly id: string;
  readonly erased_at: string;
  readonly staff_id: string | null;
  readonly reason: ErasureReason | null;
  readonly by_other_region: boolean;
  readonly erased: Readonly<Record<string, number>>;
  readonly other_account: OtherAccount;
}

const columns = sql`t.id, ${instantText(sql`t.erased_at`)} AS erased_at, t.staff_id, t.reason, t.by_other_region, t.erased, t.other_account`;
const digestOf = (accountId: string): RawBuilder<Buffer> => sql`sha256(convert_to(${accountId}::uuid::text, 'UTF8'))`;

/** Until the transaction ends nobody else makes or erases this account here, whether there is a profile to hold or not. */
export async function lockAccount(trx: UserTransaction, accountId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('users.account ' || ${accountId}::uuid, 0))`.execute(trx);
}

export async function findErasure(db: UserDb, accountId: string): Promise<ErasureRow | undefined> {
  const { rows } = await sql<ErasureRow>`SELECT ${columns} FROM users.erasure t WHERE t.account_digest = ${digestOf(accountId)}`.execute(
    db,
  );
  return rows[0];
}

export async function insertErasure(trx: UserTransaction, accountId: string, receipt: Omit<ErasureRow, 'erased_at'>): Promise<ErasureRow> {
  const { rows } = await sql<ErasureRow>`
    INSERT INTO users.erasure AS t (id, account_digest, staff_id, reason, by_other_region, erased, other_account)
    VALUES (${receipt.id}, ${digestOf(accountId)}, ${receipt.staff_id}, ${receipt.reason}, ${receipt.by_other_region},
      ${JSON.stringify(receipt.erased)}::jsonb, ${receipt.other_account})
    RETURNING ${columns}`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('a receipt vanished while it was written');
  return row;
}
