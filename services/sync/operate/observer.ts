import type { Clock } from '#platform/clock.ts';

import type { ItemResult } from '../protocol/answer.ts';
import type { EntityItems } from '../protocol/body.ts';
import { entriesOf, type Journal } from './journal.ts';
import type { LagWindow } from './lag-window.ts';
import type { SyncMetrics } from './metrics.ts';

/** A request to the peer, as it went: with answers, or with the code of what kept it from being acknowledged. */
export interface Exchange {
  readonly groups: readonly EntityItems[];
  readonly nonce: string;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly ms: number;
  readonly end: { readonly answers: readonly ItemResult[] } | { readonly failure: string };
}

/** What the worker tells of its work, for journal and metrics. Nothing of it is waited for. */
export interface WorkerObserver {
  /** Ids of the queue messages of a batch. */
  received(messages: readonly string[]): void;
  posting(): void;
  exchanged(exchange: Exchange): void;
}

/** What the ingest tells of a batch that it has committed. */
export interface IngestObserver {
  applied(batch: {
    readonly groups: readonly EntityItems[];
    readonly answers: readonly (readonly ItemResult[])[];
    readonly nonce: string;
    readonly bytes: number;
    readonly ms: number;
  }): void;
  /** Parked items were tried again: tells of those that wait no more. */
  retried(groups: readonly EntityItems[], answers: readonly (readonly ItemResult[])[]): void;
  refused(code: string): void;
}

const VERSION = /"\$v"\s*:\s*"([0-9]+)"/;
const MS_PER_TICK = 65_536;

export function createWorkerObserver(deps: { journal: Journal; metrics: SyncMetrics; lags: LagWindow; clock: Clock }): WorkerObserver {
  const { journal, metrics, lags, clock } = deps;

  /** How long each item took to become visible there; what did not is no part of the lag. */
  function noteLags(groups: readonly EntityItems[], answers: readonly ItemResult[], nowMs: number): void {
    let index = 0;
    for (const { items } of groups) {
      for (const item of items) {
        const { outcome, reason } = answers[index++] ?? {};
        const isVisible = outcome === 'applied' || (outcome === 'conflict' && reason === 'won');
        const version = isVisible ? VERSION.exec(item)?.[1] : undefined;
        if (version === undefined) continue;
        // A double is exact enough: what is lost is far below a millisecond.
        const lagMs = Math.max(0, nowMs - Number(version) / MS_PER_TICK);
        metrics.lag(lagMs);
        lags.add(lagMs, 1, nowMs);
      }
    }
  }

  return {
    received(messages) {
      if (messages.length > 0) journal.note({ step: 'received', at: clock.now(), messages });
    },
    posting: () => metrics.inFlight(1),
    exchanged({ groups, nonce, sentBytes, receivedBytes, ms, end }) {
      const at = clock.now();
      metrics.inFlight(-1);
      metrics.bytes('sent', sentBytes);
      metrics.bytes('received', receivedBytes);
      const rest = { step: 'exchanged', at, nonce, bytes: sentBytes, ms } as const;
      if ('failure' in end) {
        metrics.notAcknowledged(end.failure);
        journal.note(...entriesOf(groups, [], { ...rest, failure: end.failure }));
        return;
      }
      metrics.items('sent', end.answers);
      noteLags(groups, end.answers, at);
      journal.note(...entriesOf(groups, perGroup(groups, end.answers), rest));
    },
  };
}

export function createIngestObserver(deps: { journal: Journal; metrics: SyncMetrics; clock: Clock }): IngestObserver {
  const { journal, metrics, clock } = deps;
  return {
    applied({ groups, answers, nonce, bytes, ms }) {
      metrics.bytes('received', bytes);
      metrics.items('applied', answers.flat());
      journal.note(...entriesOf(groups, answers, { step: 'applied', at: clock.now(), nonce, bytes, ms }));
    },
    retried(groups, answers) {
      const left = groups.map(({ entity, items }, group) => ({
        entity,
        items: items.filter((_, at) => answers[group]?.[at]?.outcome !== 'parked'),
      }));
      const results = answers.map((found) => found.filter(({ outcome }) => outcome !== 'parked'));
      metrics.items('applied', results.flat());
      const kept = left.map((group, at) => ({ group, results: results[at] ?? [] })).filter(({ group }) => group.items.length > 0);
      journal.note(
        ...entriesOf(
          kept.map(({ group }) => group),
          kept.map(({ results }) => results),
          { step: 'applied', at: clock.now() },
        ),
      );
    },
    refused: (code) => metrics.notAcknowledged(code),
  };
}

/** Answers in the order of all items, entity by entity. */
function perGroup(groups: readonly EntityItems[], answers: readonly ItemResult[]): ItemResult[][] {
  let start = 0;
  return groups.map(({ items }) => answers.slice(start, (start += items.length)));
}
