import type pg from 'pg';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import type { Logger } from '#platform/log.ts';

import { readCollectedVersion } from '../collect.repository.ts';
import type { Collision, ItemResult } from '../protocol/answer.ts';
import { isOversized } from '../protocol/body.ts';
import type { Row } from './bodies.ts';
import type { Answered } from './coalesce.ts';
import { untangle, type CollisionDeps } from './collisions.ts';
import type { Exchange } from './exchange.ts';

type Pointed = Pick<Row, 'entity' | 'key' | 'version'>;

/** Keeps account of what is settled in one delivery. */
export interface Settlement {
  readonly answered: Answered;
  /** Takes the peer's answer to `rows`, in their order; settles what collided there. */
  settle(rows: readonly Row[], results: readonly ItemResult[]): Promise<void>;
  /** Takes rows that are too large out; answers the others. */
  withoutOversized(rows: readonly Row[]): Promise<readonly Row[]>;
  /** Takes pointers to what is not here: gone with a collected tombstone, which the peer has, or still to come (a lagging replica). */
  settleMissing(missing: readonly Pointed[]): Promise<void>;
}

export interface SettlementDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  readonly log: Logger;
  readonly exchange: Exchange;
}

export function createSettlement({ pool, policies, log, exchange }: SettlementDeps): Settlement {
  const answered = new Map<string, Map<string, bigint>>();

  function mark(rows: readonly Pointed[]): void {
    for (const { entity, key, version } of rows) {
      const keys = answered.get(entity) ?? new Map<string, bigint>();
      answered.set(entity, keys.set(key, version));
    }
  }

  async function settleCollision({ entity, key }: Row, collision: Collision): Promise<void> {
    const policy = policies.of(entity);
    const post: CollisionDeps['post'] = async (held, options) => {
      const sent = await exchange.post(
        held.map((one) => ({ ...one, entity })),
        options,
      );
      return sent.map(({ result }) => result);
    };
    if (policy !== undefined) await untangle({ pool, policy, log, post }, key, collision);
  }

  return {
    answered,
    async settle(rows, results) {
      const colliding: [Row, Collision][] = [];
      for (const { row, result } of await exchange.take(rows, results)) {
        if (result.collision === undefined) mark([row]);
        else colliding.push([row, result.collision]);
      }
      // Only then is such a pointer answered: whoever takes the message up after a crash finds the collision again.
      for (const [row, collision] of colliding) {
        await settleCollision(row, collision);
        mark([row]);
      }
    },
    async withoutOversized(rows) {
      const oversized = rows.filter(({ item }) => isOversized(item));
      if (oversized.length === 0) return rows;
      await exchange.giveUp(oversized.map(({ entity, key, version }) => ({ entity, key, version, reason: 'oversized' })));
      mark(oversized);
      return rows.filter(({ item }) => !isOversized(item));
    },
    async settleMissing(missing) {
      if (missing.length === 0) return;
      const collected = await readCollectedVersion(pool);
      const gone = missing.filter(({ version }) => version <= collected);
      mark(gone);
      if (gone.length === missing.length) return;
      log.warn({ missing: missing.length - gone.length }, 'pointers to rows that are not here: their messages stay in the queue');
    },
  };
}
