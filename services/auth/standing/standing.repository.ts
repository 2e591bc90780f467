import { type Kysely, sql } from 'kysely';

import type { AccountRole } from '#contracts/auth.ts';

import type { AuthTables } from '../tables.ts';

/** What decides what a session may do. */
export interface Standing {
  readonly accountId: string;
  readonly email: string;
  /** What was given to the account; the staff list is not asked. */
  readonly role: AccountRole;
}

/** Undefined where the session is over, or its account is disabled or gone. */
export async function findStanding(db: Kysely<AuthTables>, sessionId: string): Promise<Standing | undefined> {
  const { rows } = await sql<Standing>`
    SELECT a.id AS "accountId", a.email, a.role
    FROM auth.session s JOIN auth.account a ON a.id = s.account_id
    WHERE s.id = ${sessionId} AND s.revoked_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL`.execute(db);
  return rows[0];
}
