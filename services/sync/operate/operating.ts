import type pg from 'pg';

import { peerOf, type Region } from '#contracts/regions.ts';
import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';
import type { MetricsSource } from '#platform/metrics/metrics.ts';

import type { LagQuantiles } from '../worker/rows.repository.ts';
import { trimJournal } from './journal.repository.ts';
import { createJournal } from './journal.ts';
import { createLagWindow } from './lag-window.ts';
import { createMetrics } from './metrics.ts';
import { createIngestObserver, createWorkerObserver, type IngestObserver, type WorkerObserver } from './observer.ts';
import { createPauseGate, type PauseGate } from './pause.ts';
import { loadStanding, type Backlog } from './status.ts';

interface OperatingDeps {
  readonly pool: pg.Pool;
  readonly region: Region;
  readonly clock: Clock;
  readonly log: Logger;
}

const TRIM_EVERY_MS = 60_000;

/** What the worker's process needs to be seen and operated. */
export interface WorkerOperating {
  readonly observer: WorkerObserver;
  /** Of parked items that the worker's sweeps try again. */
  readonly retries: Pick<IngestObserver, 'retried'>;
  readonly gate: PauseGate;
  lags(): LagQuantiles;
  /** Call with each sweep: the journal is trimmed once a minute. Never throws. */
  trim(): Promise<void>;
  readonly metrics: MetricsSource;
  flush(): Promise<void>;
}

export function createWorkerOperating(deps: OperatingDeps & { readonly backlog: Backlog }): WorkerOperating {
  const { pool, region, clock, log } = deps;
  const journal = createJournal(deps);
  const lags = createLagWindow();
  const metrics = createMetrics({
    direction: `${region}-${peerOf(region)}`,
    standing: () => loadStanding(deps),
    nowMs: clock.now,
  });
  let trimmedAtMs = -Infinity;
  return {
    observer: createWorkerObserver({ journal, metrics, lags, clock }),
    retries: createIngestObserver({ journal, metrics, clock }),
    gate: createPauseGate({ pool, peer: peerOf(region), clock, log }),
    lags: () => ({ p50Ms: lags.quantile(0.5, clock.now()), p99Ms: lags.quantile(0.99, clock.now()) }),
    async trim() {
      if (clock.now() - trimmedAtMs < TRIM_EVERY_MS) return;
      trimmedAtMs = clock.now();
      await trimJournal(pool).catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the journal could not be trimmed'));
    },
    metrics: metrics.source,
    flush: journal.flush,
  };
}

/** What the ingest's process needs to be seen; the direction is the one that ends here. */
export function createIngestOperating(deps: OperatingDeps): {
  observer: IngestObserver;
  readonly metrics: MetricsSource;
  flush(): Promise<void>;
} {
  const journal = createJournal(deps);
  const metrics = createMetrics({ direction: `${peerOf(deps.region)}-${deps.region}`, nowMs: deps.clock.now });
  return {
    observer: createIngestObserver({ journal, metrics, clock: deps.clock }),
    metrics: metrics.source,
    flush: journal.flush,
  };
}
