import { randomUUID } from 'node:crypto';

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

import { createPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';
import { makeSynced } from '#platform/synced-table.ts';

import { applyGroups } from '../ingest/apply.ts';
import { retryParked, wake } from '../ingest/parked.ts';
import { inTransaction } from '../ingest/transaction.ts';
import { deliver } from '../worker/deliver.ts';
import type { Peer } from '../worker/post.ts';
import { log, never, senderOf } from './border.ts';
import { fakePeer } from './fake-peer.ts';
import { openBoth, type TestRegion } from './regions.ts';

const publicly = { crosses: true, ground: 'public-catalogue' } as const;

/** A table whose rows may move between values of a UNIQUE column, which is renamed on the loser of a collision; `shelf` is unique and is not. */
export const tagPolicy: EntityPolicy = {
  entity: 'catalog.tag',
  key: 'id',
  columns: { code: publicly, shelf: publicly, label: publicly },
  parents: {},
  merge: { rule: 'row' },
  uniques: [{ columns: ['code'], rename: 'code' }],
};
export const tagPolicies = createPolicies([tagPolicy]);

export const TAG_TABLE = `
  CREATE TABLE catalog.tag (id uuid PRIMARY KEY, code text COLLATE "C" UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
    shelf int UNIQUE DEFERRABLE INITIALLY IMMEDIATE, label text);
  GRANT ALL ON catalog.tag TO catalog`;

/** Runs `ddl` as the migrator, and makes the tables of `policies` synced. */
export async function declare(region: TestRegion, ddl: string, policies: readonly EntityPolicy[]): Promise<void> {
  const db = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: region.database.roles.migrator, max: 1 }) }),
  });
  const client = new pg.Client({ connectionString: region.database.roles.migrator });
  await client.connect();
  try {
    await client.query(ddl);
    for (const policy of policies) await makeSynced(db, policy);
  } finally {
    await client.end();
    await db.destroy();
  }
}

/** Two regions with the table, and a peer of each other that applies without a network between. */
export async function openTags(): Promise<{ world: TestRegion; china: TestRegion; close(): Promise<void> }> {
  const both = await openBoth();
  for (const region of [both.world, both.china]) await declare(region, TAG_TABLE, [tagPolicy]);
  return both;
}

/** The peer `to`, without HTTP: applies batches as its ingest does. */
export function directPeer(to: TestRegion): Peer {
  const deps = { pool: to.sync, policies: tagPolicies, log };
  return fakePeer(async (groups, options) => {
    const answers = await inTransaction(to.sync, async (client) => applyGroups({ client, policies: tagPolicies }, groups, options));
    await wake(deps, groups, answers, true);
    return answers.flat();
  });
}

export type Pointers = ReadonlyMap<string, ReadonlyMap<string, bigint>>;

/** What the outbox of `from` points at, by entity and key; empties it. */
export async function takePointers(from: TestRegion): Promise<Pointers> {
  const claimed = await from.sync.query<{ token: string; id: string; entity: string; pointers: string }>(
    'SELECT * FROM sync.outbox_claim(10000, 1000)',
  );
  const wanted = new Map<string, Map<string, bigint>>();
  for (const row of claimed.rows) {
    const pointers: [string, string][] = JSON.parse(row.pointers);
    const keys = wanted.get(row.entity) ?? new Map<string, bigint>();
    for (const [key, version] of pointers) keys.set(key, BigInt(version));
    wanted.set(row.entity, keys);
  }
  await from.sync.query('SELECT sync.outbox_settle($1, $2)', [claimed.rows[0]?.token ?? randomUUID(), claimed.rows.map((row) => row.id)]);
  return wanted;
}

/** Delivers what `pointers` name, as the worker of `from` does. */
export async function deliverPointers(from: TestRegion, to: TestRegion, pointers: Pointers): Promise<void> {
  const { failure } = await deliver({ ...senderOf(from, directPeer(to)), policies: tagPolicies }, pointers, never);
  if (failure !== undefined) throw new Error('a delivery failed', { cause: failure });
}

/** Delivers whatever either side has to say until neither has. Throws where they go on and on. */
export async function untilQuiet(a: TestRegion, b: TestRegion): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const [fromA, fromB] = [await takePointers(a), await takePointers(b)];
    if (fromA.size + fromB.size === 0) return;
    await deliverPointers(a, b, fromA);
    await deliverPointers(b, a, fromB);
    for (const region of [a, b]) await retryParked({ pool: region.sync, policies: tagPolicies, log });
  }
  throw new Error('the two sides do not come to rest');
}

export const writeTag = (region: TestRegion, id: string, code: string | null, shelf: number | null = null): Promise<unknown> =>
  region.catalog.query(
    'INSERT INTO catalog.tag (id, code, shelf) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET code = excluded.code, shelf = excluded.shelf',
    [id, code, shelf],
  );

export const codesOf = async (region: TestRegion): Promise<Record<string, string | null>> =>
  Object.fromEntries(
    (await region.owner.query<{ id: string; code: string | null }>('SELECT id, code FROM catalog.tag ORDER BY id')).rows.map((row) => [
      row.id,
      row.code,
    ]),
  );
