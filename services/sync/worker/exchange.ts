import type pg from 'pg';

import type { Logger } from '#platform/log.ts';

import { confirmDeletions } from '../collect.repository.ts';
import { isDeletion, type BatchOptions, type EntityItems, type ItemResult } from '../protocol/body.ts';
import type { Peer } from './post.ts';
import { hasOpenLetters, recordDeadLetters, resolveDeadLetters, type CrossingRow } from './rows.repository.ts';

export interface Row extends CrossingRow {
  readonly entity: string;
}

/** The columns that rows carry, by entity. */
type Columns = ReadonlyMap<string, readonly string[]>;

/** Outcomes after which the peer holds what was sent, or something newer. */
const TAKEN: ReadonlySet<string> = new Set(['applied', 'stale', 'conflict']);

const grouped = (rows: readonly Row[], columns: Columns): EntityItems[] =>
  [...Map.groupBy(rows, (row) => row.entity)].map(([entity, held]) => ({
    entity,
    items: held.map((row) => row.item),
    columns: columns.get(entity),
  }));

/** Sends rows to the peer, and keeps here what its answers ask for. */
export interface Exchange {
  /** Posts rows in one request. Answers each with its result, entity by entity. Throws what Peer.apply throws. */
  post(rows: readonly Row[], options: BatchOptions): Promise<{ row: Row; result: ItemResult }[]>;
  /** Keeps what cannot cross as dead letters. */
  giveUp(letters: Parameters<typeof recordDeadLetters>[1]): Promise<void>;
}

export interface ExchangeDeps {
  readonly pool: pg.Pool;
  readonly peer: Peer;
  readonly log: Logger;
  /** What the database reads of each entity, as it is now: the peer is told. */
  readonly columns: Columns;
  /** Throws where a row must not leave. */
  readonly screen: (rows: readonly Row[]) => void;
}

/** For one delivery: whether dead letters are open is looked up once. */
export function createExchange(deps: ExchangeDeps, signal: AbortSignal): Exchange {
  const { pool, peer, log, columns, screen } = deps;
  let lettersAreOpen: Promise<boolean> | undefined;

  async function giveUp(letters: Parameters<typeof recordDeadLetters>[1]): Promise<void> {
    if (letters.length === 0) return;
    await recordDeadLetters(pool, letters);
    log.error({ letters: letters.length, reason: letters[0]?.reason }, 'items that cannot cross are kept as dead letters');
  }

  return {
    async post(rows, options) {
      screen(rows);
      const groups = grouped(rows, columns);
      const results = await peer.apply(groups, signal, options);
      const ordered = groups.flatMap(({ entity }) => rows.filter((row) => row.entity === entity));
      const answers = ordered.flatMap((row, index) => {
        const result = results[index];
        return result === undefined ? [] : [{ row, result }];
      });
      await giveUp(
        answers.flatMap(({ row: { entity, key, version }, result }) =>
          result.outcome === 'rejected' ? [{ entity, key, version, reason: result.reason ?? 'rejected' }] : [],
        ),
      );
      const taken = answers.flatMap(({ row, result }) => (TAKEN.has(result.outcome) ? [row] : []));
      const deletions = taken.filter(({ item }) => isDeletion(item));
      for (const { entity, items } of grouped(deletions, columns)) await confirmDeletions(pool, entity, items);
      lettersAreOpen ??= hasOpenLetters(pool);
      if (await lettersAreOpen) await resolveDeadLetters(pool, taken);
      return answers;
    },
    giveUp,
  };
}
