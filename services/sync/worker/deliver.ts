import type pg from 'pg';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import type { Logger } from '#platform/log.ts';

import { readCollectedVersion } from '../collect.repository.ts';
import { isDeletion, isOversized, type Collision } from '../protocol/body.ts';
import { checkEgress } from '../residency/egress.ts';
import { readDeclared } from '../residency/tables.repository.ts';
import type { Answered } from './coalesce.ts';
import { untangle, type CollisionDeps } from './collisions.ts';
import { createExchange, type Row } from './exchange.ts';
import type { Peer } from './post.ts';
import { readRows } from './rows.repository.ts';

/** What one request carries at most: small enough that a slow flow with resets still progresses, large enough to compress well. */
const MOST_ITEMS = 500;
const MOST_BYTES = 256 * 1024;

/** Cuts rows into requests. */
export function cut(rows: readonly Row[], mostItems = MOST_ITEMS, mostBytes = MOST_BYTES): Row[][] {
  const bodies: Row[][] = [];
  let body: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (body.length > 0 && (body.length === mostItems || bytes + row.item.length > mostBytes)) {
      bodies.push(body);
      body = [];
      bytes = 0;
    }
    body.push(row);
    bytes += row.item.length;
  }
  if (body.length > 0) bodies.push(body);
  return bodies;
}

/**
 * Reads the rows that `wanted` points at and sends them to the peer. Answers which versions the peer has settled (applied, stale, conflict,
 * parked, or rejected and kept here as a dead letter). A row that is read below its pointer's version (a lagging replica, a lost write) is sent
 * but does not settle that pointer. Parents are sent before children. `failure` is the first error, where a request was not acknowledged.
 */
export async function deliver(
  deps: { pool: pg.Pool; policies: SyncPolicies; peer: Peer; log: Logger },
  wanted: ReadonlyMap<string, ReadonlyMap<string, bigint>>,
  signal: AbortSignal,
): Promise<{ answered: Answered; failure: unknown }> {
  const { pool, policies, peer, log } = deps;
  const answered = new Map<string, Map<string, bigint>>();
  let failure: unknown;

  async function send(rows: Row[]): Promise<void> {
    const colliding: [Row, Collision][] = [];
    for (const { row, result } of await exchange.post(rows, {})) {
      if (result.collision === undefined) settle(row);
      else colliding.push([row, result.collision]);
    }
    // Only then is such a pointer answered: whoever takes the message up after a crash finds the collision again.
    for (const [row, collision] of colliding) {
      const { entity, key } = row;
      const policy = policies.of(entity);
      const post: CollisionDeps['post'] = async (held, options) => {
        const sent = await exchange.post(
          held.map((one) => ({ ...one, entity })),
          options,
        );
        return sent.map(({ result }) => result);
      };
      if (policy !== undefined) await untangle({ pool, policy, log, post }, key, collision);
      settle(row);
    }
  }

  function settle(row: Pick<Row, 'entity' | 'key' | 'version'>): void {
    answered.set(row.entity, (answered.get(row.entity) ?? new Map<string, bigint>()).set(row.key, row.version));
  }

  /** What a pointer names may be gone with a collected tombstone, which the peer has. Whatever else is not here (a lagging replica) comes again. */
  async function settleMissing(): Promise<void> {
    const here = new Set(rows.map(({ entity, key }) => `${entity} ${key}`));
    const missing = [...wanted].flatMap(([entity, keys]) =>
      [...keys].flatMap(([key, version]) => (here.has(`${entity} ${key}`) ? [] : [{ entity, key, version }])),
    );
    if (missing.length === 0) return;
    const collected = await readCollectedVersion(pool);
    const gone = missing.filter(({ entity, version }) => version <= collected && policies.of(entity) !== undefined);
    gone.forEach(settle);
    if (gone.length === missing.length) return;
    log.warn({ missing: missing.length - gone.length }, 'pointers to rows that are not here: their messages stay in the queue');
  }

  const entities = [...wanted.keys()].sort(policies.byApplyOrder);
  const declared = await readDeclared(pool, entities);
  const columns = new Map([...declared].map(([entity, names]) => [entity, [...names]]));
  const exchange = createExchange({ pool, peer, log, columns, screen: (held) => checkEgress(policies, declared, held) }, signal);
  const rows: Row[] = [];
  for (const entity of entities) {
    const policy = policies.of(entity);
    // A node that does not know the entity leaves its pointers to one that does.
    if (policy === undefined) continue;
    const found = await readRows(pool, policy, [...(wanted.get(entity)?.keys() ?? [])]);
    rows.push(...found.map((row) => ({ ...row, entity })));
  }
  await settleMissing();
  const [oversized, fitting] = [rows.filter(({ item }) => isOversized(item)), rows.filter(({ item }) => !isOversized(item))];
  await exchange.giveUp(oversized.map(({ entity, key, version }) => ({ entity, key, version, reason: 'oversized' })));
  oversized.forEach(settle);
  // Parents first, and children once they are answered, and what is deleted of the parents last: together they would overtake each other on
  // several connections, and park.
  const stageOf = ({ entity, item }: Row): number => (policies.isParent(entity) ? (isDeletion(item) ? 2 : 0) : 1);
  for (const stage of [0, 1, 2]) {
    const bodies = failure === undefined ? cut(fitting.filter((row) => stageOf(row) === stage)) : [];
    await Promise.all(bodies.map((body) => send(body).catch((error: unknown) => void (failure ??= error))));
  }
  return { answered, failure };
}
