import type pg from 'pg';

import type { Logger } from '#platform/log.ts';

import { confirmDeletions } from '../collect.repository.ts';
import type { ItemResult } from '../protocol/answer.ts';
import { isDeletion, type BatchOptions } from '../protocol/body.ts';
import { grouped, type Columns, type Row } from './bodies.ts';
import type { Gate } from './flow/gate.ts';
import type { Peer } from './post.ts';
import { hasOpenLetters, recordDeadLetters, resolveDeadLetters, type Letter } from './rows.repository.ts';

/** Outcomes after which the peer holds what was sent, or something newer. */
const TAKEN: ReadonlySet<string> = new Set(['applied', 'stale', 'conflict']);

interface AnsweredRow {
  readonly row: Row;
  readonly result: ItemResult;
}

/** Keeps here what the peer's answers ask for. */
export interface Exchange {
  /** Posts rows in one request, with a place of its own. Answers each with its result, entity by entity. Throws what Peer.apply throws. */
  post(rows: readonly Row[], options: BatchOptions): Promise<AnsweredRow[]>;
  /** Takes the results of `rows`, in their order. */
  take(rows: readonly Row[], results: readonly ItemResult[]): Promise<AnsweredRow[]>;
  /** Keeps what cannot cross as dead letters. */
  giveUp(letters: readonly Letter[]): Promise<void>;
}

export interface ExchangeDeps {
  readonly pool: pg.Pool;
  readonly peer: Peer;
  readonly gate: Gate;
  readonly log: Logger;
  /** What the database reads of each entity, as it is now: the peer is told. */
  readonly columns: Columns;
  /** Throws where a row must not leave. */
  readonly screen: (rows: readonly Row[]) => void;
}

/** For one delivery: whether dead letters are open is looked up once. */
export function createExchange(deps: ExchangeDeps, signal: AbortSignal): Exchange {
  const { pool, peer, gate, log, columns, screen } = deps;
  let lettersAreOpen: Promise<boolean> | undefined;

  async function giveUp(letters: readonly Letter[]): Promise<void> {
    if (letters.length === 0) return;
    await recordDeadLetters(pool, letters);
    log.error(
      { letters: letters.length, reason: letters[0]?.reason, detail: letters[0]?.detail },
      'items that cannot cross are kept as dead letters',
    );
  }

  async function take(rows: readonly Row[], results: readonly ItemResult[]): Promise<AnsweredRow[]> {
    const answers = rows.flatMap((row, index) => {
      const result = results[index];
      return result === undefined ? [] : [{ row, result }];
    });
    await giveUp(
      answers.flatMap(({ row: { entity, key, version }, result }) =>
        result.outcome === 'rejected' ? [{ entity, key, version, reason: result.reason ?? 'rejected', detail: result.detail }] : [],
      ),
    );
    const taken = answers.flatMap(({ row, result }) => (TAKEN.has(result.outcome) ? [row] : []));
    const deletions = taken.filter(({ item }) => isDeletion(item));
    for (const { entity, items } of grouped(deletions, columns).groups) await confirmDeletions(pool, entity, items);
    lettersAreOpen ??= hasOpenLetters(pool);
    if (await lettersAreOpen) await resolveDeadLetters(pool, taken);
    return answers;
  }

  return {
    async post(rows, options) {
      screen(rows);
      const { groups, ordered } = grouped(rows, columns);
      const place = await gate.enter(signal);
      try {
        return await take(ordered, await peer.apply(groups, signal, options));
      } finally {
        place.left();
      }
    },
    take,
    giveUp,
  };
}
