import type pg from 'pg';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** One claimed outbox row: what one statement changed. */
export interface OutboxRow {
  readonly id: string;
  readonly entity: string;
  readonly pointers: readonly (readonly [key: string, version: string])[];
}

export interface Claim {
  readonly token: string;
  readonly rows: readonly OutboxRow[];
}

const Pointers = Compile(Type.Array(Type.Tuple([Type.String(), Type.String()])));

/**
 * Claims up to `limit` outbox rows for `leaseMs`: rows that others hold are skipped, rows whose lease has run out are taken over.
 * The claim comes back by itself when its holder dies.
 */
export async function claimOutbox(pool: pg.Pool, limit: number, leaseMs: number): Promise<Claim | undefined> {
  const result = await pool.query<{ token: string; id: string; entity: string; pointers: string }>({
    name: 'outbox-claim',
    text: 'SELECT token, id, entity, pointers FROM sync.outbox_claim($1, $2)',
    values: [limit, leaseMs],
  });
  const token = result.rows[0]?.token;
  if (token === undefined) return undefined;
  return {
    token,
    rows: result.rows.map((row) => ({ id: row.id, entity: row.entity, pointers: Pointers.Parse(JSON.parse(row.pointers)) })),
  };
}

/**
 * Deletes what was sent under `token`, and notes in which message each row went: only rows that the claim still holds, so that a late publisher
 * deletes nothing of its successor.
 */
export async function settleOutbox(pool: pg.Pool, token: string, sent: readonly { row: string; message: string }[]): Promise<void> {
  await pool.query({
    name: 'outbox-settle',
    text: 'SELECT sync.outbox_settle($1, $2, $3)',
    values: [token, sent.map(({ row }) => row), sent.map(({ message }) => message)],
  });
}

/** Gives rows that could not be sent back at once, instead of when the lease runs out. */
export async function releaseOutbox(pool: pg.Pool, token: string, ids: readonly string[]): Promise<void> {
  await pool.query({ name: 'outbox-release', text: 'SELECT sync.outbox_release($1, $2)', values: [token, ids] });
}
