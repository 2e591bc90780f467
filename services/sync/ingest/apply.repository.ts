import type pg from 'pg';

import type { EntityPolicy, SyncPolicies } from '#contracts/sync-policy.ts';

import type { ItemResult } from '../protocol/answer.ts';
import type { EntityItems } from '../protocol/body.ts';
import { RESIDENCY } from '../residency/ingress.ts';

/** What the apply functions answer for an item; `rejected` is never theirs, but the ingest's, for what raised an error. */
interface AppliedRow {
  readonly ordinal: number;
  readonly outcome: 'applied' | 'stale' | 'conflict' | 'parked';
  readonly reason: string | null;
}

/** Name of the generated function of an entity. The entity is one of our own table, never a name from outside. */
const functionOf = (policy: EntityPolicy, what: 'apply' | 'revive'): string => `sync.${policy.entity.replace('.', '_')}_${what}`;

/**
 * Remembers a nonce until no request that may still carry it can be under way: not `isFresh` where it was used before. Tells by the way, which costs no round trip, whether items are parked
 * here for a collision, so that the batch to come may set some free.
 */
export async function takeNonce(
  client: pg.ClientBase,
  keyId: string,
  nonce: string,
  expiresSeconds: number,
): Promise<{ isFresh: boolean; colliding: boolean }> {
  const { rows } = await client.query<{ colliding: boolean }>({
    name: 'take-nonce',
    text: `INSERT INTO sync.nonce (key_id, nonce, expires_at) VALUES ($1, $2, to_timestamp($3) + interval '10 minutes') ON CONFLICT DO NOTHING
           RETURNING EXISTS (SELECT FROM sync.parked WHERE reason = 'unique_collision') AS colliding`,
    values: [keyId, nonce, expiresSeconds],
  });
  return { isFresh: rows.length === 1, colliding: rows[0]?.colliding ?? false };
}

/**
 * Applies items in one call; answers in their order. `columns` are those that they carry: where they are not just the table's own, or not known, the
 * items are fitted to the table first. Throws what PostgreSQL raises; the caller isolates the item that raised it.
 */
export async function applyItems(
  client: pg.ClientBase,
  policy: EntityPolicy,
  items: readonly string[],
  columns?: readonly string[],
): Promise<ItemResult[]> {
  const { rows } = await client.query<AppliedRow>({
    name: `apply-${policy.entity}`,
    text: `SELECT ordinal, outcome, reason FROM ${functionOf(policy, 'apply')}($1, $2) ORDER BY ordinal`,
    values: [`[${items.join(',')}]`, columns ?? null],
  });
  return rows.map(({ outcome, reason }) => ({ outcome, reason }));
}

/** Of deletions that are refused because others refer to their rows, those that can be made in one statement; 1-based. */
export async function findDeletableTogether(client: pg.ClientBase, entity: string, items: readonly string[]): Promise<readonly number[]> {
  const { rows } = await client.query<{ together: number[] }>('SELECT sync.deletable_together($1, $2) AS together', [
    entity,
    `[${items.join(',')}]`,
  ]);
  return rows[0]?.together ?? [];
}

/** Writes a row again, having seen the deletion in `item`, so that it comes back to life where it was deleted. */
export async function reviveRow(client: pg.ClientBase, policy: EntityPolicy, item: string): Promise<void> {
  await client.query(`SELECT ${functionOf(policy, 'revive')}($1)`, [item]);
}

/** Parks one item under a reason; `detail` names what is in the way (a constraint), never a value; `holder` the key of the row that it waits for. */
export async function parkItem(
  client: pg.ClientBase,
  entity: string,
  item: string,
  reason: string,
  detail: string | null,
  holder: string | null = null,
): Promise<void> {
  await client.query('SELECT sync.park($1, $2, $3, $4, CASE WHEN $5::text IS NOT NULL THEN $1 END, $5)', [
    entity,
    item,
    reason,
    detail,
    holder,
  ]);
}

/**
 * The row that holds the values which `item` claims under the UNIQUE constraint `constraint`; undefined where there is none (any more), or the constraint is
 * over an expression, of which it cannot be told.
 */
export async function findHolder(client: pg.ClientBase, entity: string, item: string, constraint: string): Promise<Holder | undefined> {
  const { rows } = await client.query<Holder>(
    'SELECT key, version::text AS version, origin, rename FROM sync.find_holder($1, $2, $3) WHERE key IS NOT NULL',
    [entity, item, constraint],
  );
  return rows[0];
}

export interface Holder {
  readonly key: string;
  readonly version: string;
  readonly origin: string;
  /** The column that is renamed on the loser; null where the policy names none. */
  readonly rename: string | null;
}

/** The item itself lost: the holder's row and the item are recorded as a conflict, under the item's key. */
export async function recordLostItem(client: pg.ClientBase, entity: string, item: string, holderKey: string): Promise<void> {
  await client.query('SELECT sync.record_lost_item($1, $2, $3)', [entity, item, holderKey]);
}

export type ParkedFilter =
  | { readonly waitingFor: string; readonly keys: readonly string[] }
  | { readonly entity: string; readonly keys: readonly string[] }
  | { readonly reason: string; readonly entities: readonly string[] }
  | 'all';

/**
 * Parked items that `filter` names, of entities that `policies` knows; those untried for longest first, at most 500. Not locked: applying locks rows before their
 * parked entries, and the other order here would deadlock. Two retries at once are harmless, since applying is idempotent.
 */
export async function readParked(client: pg.ClientBase, policies: SyncPolicies, filter: ParkedFilter): Promise<EntityItems[]> {
  const [where, values] = conditionOf(filter);
  return selectParked(client, policies, where, values);
}

/** Is anything parked that `filter` names, of entities that `policies` knows? */
export async function isParked(pool: pg.Pool, policies: SyncPolicies, filter: ParkedFilter): Promise<boolean> {
  const [where, values] = conditionOf(filter);
  const known = policies.all.map((policy) => policy.entity);
  return (await pool.query(`SELECT FROM sync.parked WHERE entity = ANY ($1) AND ${where} LIMIT 1`, [known, ...values])).rowCount === 1;
}

function conditionOf(filter: ParkedFilter): [where: string, values: unknown[]] {
  if (filter === 'all') return ['true', []];
  if ('waitingFor' in filter) return ['waits_for_entity = $2 AND waits_for_key = ANY ($3)', [filter.waitingFor, filter.keys]];
  if ('reason' in filter) return ['reason = $2 AND entity = ANY ($3)', [filter.reason, filter.entities]];
  return ['entity = $2 AND key = ANY ($3)', [filter.entity, filter.keys]];
}

/** Parked items of one reason that have waited for longer than `graceMs`. */
export async function readOverdue(client: pg.ClientBase, policies: SyncPolicies, reason: string, graceMs: number): Promise<EntityItems[]> {
  return selectParked(client, policies, `reason = $2 AND parked_at < clock_timestamp() - $3 * interval '1 millisecond'`, [reason, graceMs]);
}

async function selectParked(
  client: pg.ClientBase,
  policies: SyncPolicies,
  where: string,
  values: readonly unknown[],
): Promise<EntityItems[]> {
  const known = policies.all.map((policy) => policy.entity);
  const { rows } = await client.query<{ entity: string; item: string }>(
    `SELECT entity, item::text AS item FROM sync.parked WHERE entity = ANY ($1) AND ${where} ORDER BY tried_at LIMIT 500`,
    [known, ...values],
  );
  return [...Map.groupBy(rows, (row) => row.entity)].map(([entity, held]) => ({ entity, items: held.map((row) => row.item) }));
}

/** Lets in what is parked for being older than a collected tombstone; does nothing to what waits for another reason. */
export async function admitParked(client: pg.ClientBase, entity: string, key: string): Promise<void> {
  await client.query('SELECT sync.admit($1, $2)', [entity, key]);
}

/** Takes a parked item that was refused for good out of the waiting room, into the dead letters: of what must not be here only the name. */
export async function buryParked(client: pg.ClientBase, entity: string, item: string, reason: string, detail?: string): Promise<void> {
  await client.query(
    `WITH gone AS (DELETE FROM sync.parked WHERE entity = $1 AND key = $2::json ->> '$k' AND version = ($2::json ->> '$v')::int8 RETURNING entity, key, version, item)
     INSERT INTO sync.dead_letter (entity, key, version, reason, detail, item)
     SELECT entity, key, version, $3, $5, CASE WHEN $3 <> $4 THEN item END FROM gone ON CONFLICT DO NOTHING`,
    [entity, item, reason, RESIDENCY, detail ?? null],
  );
}
