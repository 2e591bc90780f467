import type pg from 'pg';

import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/log.ts';

import { reportDirection, type DirectionReport, type LagQuantiles } from './rows.repository.ts';

const REPORT_EVERY_MS = 1_000;

/** Keeps the state of one direction where operators look for it. Reports are coalesced: at most one a second, the last one always. */
export interface Direction {
  report(report: DirectionReport): void;
  flush(): Promise<void>;
}

export function createDirection(deps: { pool: pg.Pool; peer: string; clock: Clock; log: Logger; lags: () => LagQuantiles }): Direction {
  let last: DirectionReport | undefined;
  let pending: DirectionReport | undefined;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (pending !== undefined) {
      const report = pending;
      pending = undefined;
      await reportDirection(deps.pool, deps.peer, report, deps.lags()).catch((error: unknown) =>
        deps.log.debug({ err: error }, 'the direction could not be reported'),
      );
      if (pending !== undefined) await deps.clock.wait(REPORT_EVERY_MS);
    }
    writing = undefined;
  }

  return {
    report(report) {
      if (last?.state === report.state && last.reason === report.reason && report.lagMs === null) return;
      if (last?.state !== report.state) {
        const { state, reason } = report;
        if (state === 'stalled') deps.log.warn({ peer: deps.peer, state, reason }, 'direction');
        else deps.log.debug({ peer: deps.peer, state }, 'direction');
      }
      last = report;
      pending = { ...report, lagMs: report.lagMs ?? pending?.lagMs ?? null };
      writing ??= write();
    },
    flush: async () => writing,
  };
}
