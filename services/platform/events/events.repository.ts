import { sql, type Transaction } from 'kysely';
import type pg from 'pg';

import type { EventType } from '#contracts/events.ts';

/** One claimed event. `seq` orders it in the outbox, `id` is the event's own. */
export interface EventRow {
  readonly seq: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly occurredAt: string;
}

/** Writes an event into the outbox, as part of the caller's transaction: it is there when what happened is, and not otherwise. */
export async function emitEvent<Tables>(trx: Transaction<Tables>, type: EventType, subject: string): Promise<void> {
  await sql`SELECT events.emit(${type}, ${subject})`.execute(trx);
}

/** Claims up to `limit` events for `leaseMs`; those that others hold are skipped, those whose lease has run out taken over. */
export async function claimEvents(
  pool: pg.Pool,
  limit: number,
  leaseMs: number,
): Promise<{ readonly token: string; readonly rows: readonly EventRow[] } | undefined> {
  const { rows } = await pool.query<EventRow & { token: string }>({
    name: 'events-claim',
    text: `SELECT token, seq, id, type, subject, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "occurredAt"
      FROM events.claim($1, $2)`,
    values: [limit, leaseMs],
  });
  const token = rows[0]?.token;
  return token === undefined ? undefined : { token, rows };
}

export async function settleEvents(pool: pg.Pool, token: string, seqs: readonly string[]): Promise<void> {
  await pool.query({ name: 'events-settle', text: 'SELECT events.settle($1, $2)', values: [token, seqs] });
}

export async function releaseEvents(pool: pg.Pool, token: string, seqs: readonly string[]): Promise<void> {
  await pool.query({ name: 'events-release', text: 'SELECT events.release($1, $2)', values: [token, seqs] });
}
