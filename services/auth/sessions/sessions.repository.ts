import { type Kysely, sql } from 'kysely';

import { instantText, selectPage } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { AuthTables } from '../tables.ts';

export interface SessionRow {
  readonly id: string;
  readonly device: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
}

const columns = sql`t.id, t.device, ${instantText(sql`t.created_at`)} AS created_at, ${instantText(sql`t.last_used_at`)} AS last_used_at,
  ${instantText(sql`t.expires_at`)} AS expires_at`;

/** The sessions of an account that are not over: ended, past their time, or unused for `idleSeconds`. */
export async function selectSessions(db: Kysely<AuthTables>, accountId: string, idleSeconds: number, order: Order) {
  return selectPage<SessionRow, AuthTables>(db, {
    table: 'auth.session',
    columns,
    filters: [
      sql`t.account_id = ${accountId}`,
      sql`t.revoked_at IS NULL AND t.expires_at > now() AND t.last_used_at > now() - make_interval(secs => ${idleSeconds})`,
    ],
    sort: { expression: sql`t.created_at`, type: 'timestamptz' },
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

/** Which of an account's sessions. */
export type Which = { readonly only: string } | { readonly except: string } | 'all';

/** Who ends sessions, for the log: `actorId` where it is not their owner. */
export interface Ender {
  readonly client: string;
  readonly actorId?: string;
}

/** Ends sessions of an account at somebody's wish, each with its line in the log; answers how many there were. One statement: what is ended is logged. */
export async function endSessions(db: Kysely<AuthTables>, accountId: string, which: Which, { client, actorId }: Ender): Promise<number> {
  const chosen = which === 'all' ? sql`true` : 'only' in which ? sql`s.id = ${which.only}` : sql`s.id <> ${which.except}`;
  const { numAffectedRows = 0n } = await sql`
    WITH ended AS (
      UPDATE auth.session s SET revoked_at = now(), revoked_for = 'ended'
      WHERE s.account_id = ${accountId} AND ${chosen} AND s.revoked_at IS NULL AND s.expires_at > now()
      RETURNING s.id)
    INSERT INTO auth.security_event (kind, account_id, actor_id, session_id, client)
    SELECT 'session_ended', ${accountId}::uuid, ${actorId ?? null}::uuid, ended.id, ${client} FROM ended`.execute(db);
  return Number(numAffectedRows);
}
