import type pg from 'pg';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/log.ts';

import { isDeletion } from '../protocol/body.ts';
import { checkEgress } from '../residency/egress.ts';
import { readDeclared } from '../residency/tables.repository.ts';
import { bytesOf, type Row } from './bodies.ts';
import type { Answered } from './coalesce.ts';
import { createExchange } from './exchange.ts';
import type { Gate } from './flow/gate.ts';
import { createOutflow } from './outflow.ts';
import type { Peer } from './post.ts';
import type { ReadSizes } from './read-sizes.ts';
import { readRows } from './rows.repository.ts';
import { sendFrom, type SendDeps } from './send.ts';
import { createSettlement } from './settlement.ts';

export interface DeliverDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  readonly peer: Peer;
  readonly gate: Gate;
  readonly sizes: ReadSizes;
  readonly clock: Clock;
  readonly log: Logger;
}

type Wanted = ReadonlyMap<string, ReadonlyMap<string, bigint>>;

/**
 * Reads the rows that `wanted` points at and sends them to the peer, reading on while bodies are under way, as far as memory allows. Answers which
 * versions the peer has settled (applied, stale, conflict, parked, or rejected and kept here as a dead letter). A row that is read below its
 * pointer's version (a lagging replica, a lost write) is sent but does not settle that pointer. Parents are sent before children. `failure` is
 * the first error, where a request was not acknowledged.
 */
export async function deliver(
  deps: DeliverDeps,
  wanted: Wanted,
  signal: AbortSignal,
  tracesOf: SendDeps['tracesOf'] = () => [],
): Promise<{ answered: Answered; failure: unknown }> {
  const { policies, gate } = deps;

  // A node that does not know an entity leaves its pointers to one that does.
  const entities = [...wanted.keys()].filter((entity) => policies.of(entity) !== undefined).sort(policies.byApplyOrder);
  const declared = await readDeclared(deps.pool, entities);
  const columns = new Map([...declared].map(([entity, names]) => [entity, [...names]]));
  const screen = (rows: readonly Row[]): void => checkEgress(policies, declared, rows);
  const exchange = createExchange({ ...deps, columns, screen }, signal);
  const settlement = createSettlement({ ...deps, exchange });
  const sendDeps: SendDeps = { ...deps, columns, tracesOf, settle: settlement.settle };
  const outflow = createOutflow(
    gate,
    async (place, body) => {
      try {
        screen(body);
      } catch (error) {
        place.left();
        throw error;
      }
      return sendFrom(sendDeps, place, body, signal);
    },
    signal,
  );

  /** Reads rows of `entities` and sends them; what `isLater` is handed back instead. */
  async function stream(entities: readonly string[], isLater: (row: Row) => boolean): Promise<Row[]> {
    const later: Row[] = [];
    const readOn = async (entity: string, pointers: ReadonlyMap<string, bigint>): Promise<void> => {
      const keys = [...pointers.keys()];
      for (let start = 0, count = 0; start < keys.length && outflow.failure() === undefined; start += count) {
        count = deps.sizes.rowsToRead(entity);
        const asked = keys.slice(start, start + count);
        const expected = asked.length * deps.sizes.bytesOfRow(entity);
        if (!gate.tryHold(expected)) {
          outflow.push();
          await gate.hold(expected, signal);
        }
        const rows = await readOf(entity, asked).finally(() => gate.release(expected));
        deps.sizes.learn(entity, rows.length, bytesOf(rows));
        if (rows.length < asked.length) {
          const here = new Set(rows.map(({ key }) => key));
          const missing = asked.filter((key) => !here.has(key));
          await settlement.settleMissing(missing.map((key) => ({ entity, key, version: pointers.get(key) ?? 0n })));
        }
        for (const row of await settlement.withoutOversized(rows)) {
          if (isLater(row)) later.push(row);
          else outflow.add(row);
        }
      }
    };
    try {
      for (const entity of entities) await readOn(entity, wanted.get(entity) ?? new Map());
    } finally {
      await outflow.flush();
    }
    return later;
  }

  async function readOf(entity: string, keys: readonly string[]): Promise<Row[]> {
    const policy = policies.of(entity);
    if (policy === undefined) return [];
    return (await readRows(deps.pool, policy, keys)).map((row) => ({ ...row, entity }));
  }

  // Parents go first, and children once they are answered, and what is deleted of the parents last: together they would overtake each other on
  // several connections, and park.
  const [parents, others] = [
    entities.filter((entity) => policies.isParent(entity)),
    entities.filter((entity) => !policies.isParent(entity)),
  ];
  const deletedParents = await stream(parents, (row) => isDeletion(row.item));
  if (outflow.failure() === undefined) await stream(others, () => false);
  if (outflow.failure() === undefined) {
    deletedParents.forEach(outflow.add);
    await outflow.flush();
  }
  return { answered: settlement.answered, failure: outflow.failure() };
}
