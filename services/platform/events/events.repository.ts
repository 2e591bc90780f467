import { sql, type Transaction } from 'kysely';
import type pg from 'pg';

import type { EventType } from '#contracts/events.ts';

import { currentOrigin } from '../origin.ts';

/** One claimed event. `seq` orders it in the outbox, `id` is the event's own. */
export interface EventRow {
  readonly seq: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly occurredAt: string;
  /** Of what the event came of; null where a service emitted it that did not know. */
  readonly traceparent: string | null;
  readonly correlationId: string | null;
}

/**
 * Writes an event into the outbox, as part of the caller's transaction: it is there when what happened is, and not otherwise. With it goes the trace and the
 * correlation id of what is under way (`currentOrigin`).
 */
export async function emitEvent<Tables>(trx: Transaction<Tables>, type: EventType, subject: string): Promise<void> {
  const origin = currentOrigin();
  await sql`SELECT events.emit_from(${type}, ${subject}, ${origin?.traceparent ?? null}, ${origin?.correlationId ?? null})`.execute(trx);
}

/** Claims up to `limit` events for `leaseMs`; those that others hold are skipped, those whose lease has run out taken over. */
export async function claimEvents(
  pool: pg.Pool,
  limit: number,
  leaseMs: number,
): Promise<{ readonly token: string; readonly rows: readonly EventRow[] } | undefined> {
  const { rows } = await pool.query<EventRow & { token: string }>({
    name: 'events-claim-with-origin',
    text: `SELECT token, seq, id, type, subject, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "occurredAt",
        traceparent, correlation_id AS "correlationId"
      FROM events.claim_with_origin($1, $2)`,
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
