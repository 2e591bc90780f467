import type { CaseContext } from '../case.ts';
import { assertClean, changeRows, fillOutbox, startWorker } from '../ours.ts';
import { steadyRate, untilDrained, watchRound, type Drained, type Watch } from '../progress.ts';
import { holdBack } from '../reference.ts';
import type { NodeProcess } from '../../rig/processes.ts';
import { REFERENCE } from '../rows.ts';

export type Measure = (watch: Watch, startedMs: number, onProgress: (done: number) => void) => Promise<Drained>;

export interface OursOptions {
  /** Where the workers find the peer's ingest. */
  readonly peerUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How many worker processes share the queue. */
  readonly workers?: number;
  readonly measure?: Measure;
  /** Called once, when the rows that the measurement waits for have arrived and the workers still run. */
  readonly onDrained?: (workers: readonly NodeProcess[]) => void;
  /** Called before the workers finish what a measurement left; for taking what slows the link away. */
  readonly beforeRest?: () => Promise<void>;
}

/** Drains a backlog of `count` changed rows by our sync: outbox to applied. Throws when anything is left that should not be. */
export async function drainOurs({ rig, rows, signal, progress }: CaseContext, count: number, options: OursOptions): Promise<Drained> {
  const round = rows.nextRound();
  progress(`ours: changing ${count} rows`);
  await rig.renewQueue();
  const watch = await fillOutbox(rig, count, round);
  const onProgress = (done: number): void => progress(`ours: ${Math.round(done)} of ${count}`);
  const whole: Measure = (watched, startedMs, report) => untilDrained(watched, count, startedMs, signal, report);
  const names = Array.from({ length: options.workers ?? 1 }, (_, n) => `world-worker-${n + 1}`);
  const starting = performance.now();
  const workers = await Promise.all(names.map((name) => startWorker(rig, options.peerUrl, options.env, name)));
  // Several take their time to start, and the first may be at work by then.
  const startedMs = workers.length === 1 ? performance.now() : starting;
  try {
    const drained = await (options.measure ?? whole)(watch, startedMs, onProgress);
    options.onDrained?.(workers);
    await options.beforeRest?.();
    if (!drained.complete) await untilDrained(watch, count, performance.now(), signal, onProgress);
    await assertClean(rig);
    return drained;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

export interface ReferenceOptions {
  /** Where the subscriber finds the publisher, as host:port; direct where it is left out. */
  readonly through?: string;
  readonly measure?: Measure;
}

/** Drains a backlog of as many rows by logical replication. */
export async function drainReference(
  { rig, rows, signal, progress }: CaseContext,
  count: number,
  options: ReferenceOptions = {},
): Promise<Drained> {
  const round = rows.nextRound();
  progress(`logical replication: changing ${count} rows`);
  const through = options.through ?? `127.0.0.1:${rig.world.port}`;
  const backlog = await holdBack(rig, through, () => changeRows(rig, REFERENCE, count, round));
  try {
    const watch = watchRound(rig.china, REFERENCE, round, count);
    await watch.estimate();
    await backlog.release();
    const whole: Measure = (watched, startedMs, report) => untilDrained(watched, count, startedMs, signal, report);
    const onProgress = (done: number): void => progress(`logical replication: ${Math.round(done)} of ${count}`);
    return await (options.measure ?? whole)(watch, performance.now(), onProgress);
  } finally {
    await backlog.drop();
  }
}

/** Measures the rate once it is steady. */
export function steadily({ signal }: CaseContext, total: number, times: { warmUpMs: number; windowMs: number }): Measure {
  return (watch, _startedMs, onProgress) => steadyRate(watch, { total, ...times, signal, onProgress });
}
