import { type Kysely, sql } from 'kysely';

import { factorColumns, type FactorState } from '../factors/factors.repository.ts';
import type { AuthTables } from '../tables.ts';

/** What decides what a session may do. */
export interface Standing extends FactorState {
  readonly accountId: string;
  /** Whether the session has proved a second factor. */
  readonly proved: boolean;
  /** Whether it began, or proved a factor, within the last minutes. */
  readonly fresh: boolean;
  /** When the person proved who they are, in seconds since the epoch (OpenID Connect Core, section 2, `auth_time`). A refresh does not move it. */
  readonly signedInAt: number;
}

const FRESH_SECONDS = 600;

/** Undefined where the session is over, or its account is disabled or gone. */
export async function findStanding(db: Kysely<AuthTables>, sessionId: string): Promise<Standing | undefined> {
  const { rows } = await sql<Standing>`
    SELECT a.id AS "accountId", a.email, a.phone, a.role, ${factorColumns(sql`a.id`)}, s.factor_at IS NOT NULL AS proved,
      floor(date_part('epoch', s.created_at)) AS "signedInAt",
      greatest(s.created_at, s.factor_at) > now() - make_interval(secs => ${FRESH_SECONDS}) AS fresh
    FROM auth.session s JOIN auth.account a ON a.id = s.account_id
    WHERE s.id = ${sessionId} AND s.revoked_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL`.execute(db);
  return rows[0];
}
