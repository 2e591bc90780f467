import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import { createBoundedLabel } from '#platform/metrics/bounded-label.ts';
import type { MetricsSource } from '#platform/metrics/metrics.ts';

import type { ItemResult } from '../protocol/answer.ts';

/** Metrics of one process, as Prometheus reads them. Labels name directions, outcomes and reasons, never a key or a value of a row. */
export interface SyncMetrics {
  /** Items that the peer answered (`sent`), or that were applied here (`applied`). */
  items(way: 'sent' | 'applied', results: readonly ItemResult[]): void;
  bytes(way: 'sent' | 'received', bytes: number): void;
  /** A row became visible at the peer so long after its commit. */
  lag(lagMs: number): void;
  notAcknowledged(reason: string): void;
  inFlight(change: 1 | -1): void;
  readonly source: MetricsSource;
}

/** What stands in the database, as the gauges show it; null where it could not be read. */
export interface Standing {
  readonly outbox: number;
  readonly oldestMs: number;
  readonly unansweredOldestMs: number;
  readonly needsOperator: number;
  readonly parked: number;
  readonly deadLetters: number;
  readonly conflicts: number;
  /** How long ago the reconciliation began that has not ended; 0 without one. */
  readonly reconcilingMs: number;
  readonly state: 'running' | 'idle' | 'stalled' | 'paused';
  /** Messages in the queue, those in work included; null where the queue does not say. */
  readonly queued: number | null;
}

const STATES = ['running', 'idle', 'stalled', 'paused'] as const;
const LAG_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.16, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];

/**
 * Metrics for `direction` (`world-china`). `standing`, where there is one, is asked at most every `standingMs`: a scrape costs no query of its own.
 */
export function createMetrics(options: {
  direction: string;
  standing?: () => Promise<Standing>;
  standingMs?: number;
  nowMs: () => number;
}): SyncMetrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  registry.setDefaultLabels({ direction: options.direction });
  const named = (name: string, help: string) => ({ name: `madeinworld_sync_${name}`, help, registers });
  const items = new Counter({
    ...named('items_total', 'Items answered by the peer (sent) or applied here (applied)'),
    labelNames: ['way', 'outcome', 'reason'],
  });
  const bytes = new Counter({ ...named('body_bytes_total', 'Bytes of bodies over the border, as compressed'), labelNames: ['way'] });
  const lag = new Histogram({ ...named('lag_seconds', "From a row's commit to the peer's answer for it"), buckets: LAG_BUCKETS_SECONDS });
  const failures = new Counter({
    ...named('not_acknowledged_total', 'Requests that the peer did not acknowledge'),
    labelNames: ['reason'],
  });
  const inFlight = new Gauge(named('batches_in_flight', 'Requests that wait for their answer'));
  // A reason comes from the peer.
  const nameOf = createBoundedLabel();
  const bounded = (reason: string | null): string => (reason === null ? '' : nameOf(reason));
  const refresh = options.standing === undefined ? undefined : standingGauges(options.standing, named, options);

  return {
    items(way, results) {
      for (const [outcome, found] of Map.groupBy(results, (result) => result.outcome)) {
        for (const [reason, same] of Map.groupBy(found, (result) => result.reason))
          items.inc({ way, outcome, reason: bounded(reason) }, same.length);
      }
    },
    bytes: (way, count) => bytes.inc({ way }, count),
    lag: (lagMs) => lag.observe(Math.max(0, lagMs) / 1_000),
    notAcknowledged: (reason) => failures.inc({ reason: bounded(reason) }),
    inFlight: (change) => inFlight.inc(change),
    source: { registry, ...(refresh === undefined ? {} : { refresh }) },
  };
}

function standingGauges(
  standing: () => Promise<Standing>,
  named: (name: string, help: string) => { name: string; help: string; registers: Registry[] },
  options: { standingMs?: number; nowMs: () => number },
): () => Promise<void> {
  const gauges = {
    outbox: new Gauge(named('outbox_pointers', 'Pointers that no queue has taken yet')),
    oldest: new Gauge(named('outbox_oldest_seconds', 'Age of the oldest of them')),
    unanswered: new Gauge(
      named(
        'unanswered_oldest_seconds',
        'Age of the oldest write that the peer has not answered, of those in the outbox and those that this worker holds',
      ),
    ),
    queued: new Gauge(
      named('queued_messages', 'Messages in the queue, those in work and those that ask for a sweep included; NaN while it does not say'),
    ),
    parked: new Gauge(named('parked', 'Items that wait here')),
    needsOperator: new Gauge(named('parked_for_operator', 'Those of them that nothing frees but an operator')),
    deadLetters: new Gauge(named('dead_letters', 'Items that were given up')),
    conflicts: new Gauge(named('conflicts', 'Conflicts on record')),
    reconciling: new Gauge(
      named('reconcile_unfinished_seconds', 'Age of the reconciliation that has not ended, under way or interrupted; 0 without one'),
    ),
    up: new Gauge(named('standing_known', '1 while the database answers what the gauges show')),
    state: new Gauge({ ...named('direction_state', '1 for the state of the direction'), labelNames: ['state'] }),
  };
  let readAtMs = -Infinity;
  return async () => {
    const nowMs = options.nowMs();
    if (nowMs - readAtMs < (options.standingMs ?? 5_000)) return;
    readAtMs = nowMs;
    const found = await standing().catch(() => undefined);
    gauges.up.set(found === undefined ? 0 : 1);
    if (found === undefined) return;
    gauges.outbox.set(found.outbox);
    gauges.oldest.set(found.oldestMs / 1_000);
    gauges.unanswered.set(found.unansweredOldestMs / 1_000);
    gauges.needsOperator.set(found.needsOperator);
    gauges.queued.set(found.queued ?? Number.NaN);
    gauges.parked.set(found.parked);
    gauges.deadLetters.set(found.deadLetters);
    gauges.conflicts.set(found.conflicts);
    gauges.reconciling.set(found.reconcilingMs / 1_000);
    for (const state of STATES) gauges.state.set({ state }, state === found.state ? 1 : 0);
  };
}
