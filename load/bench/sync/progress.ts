import { setTimeout as wait } from 'node:timers/promises';

import type { Server } from '../rig/server.ts';

const PROBES = 1_000;
const LOOK_EVERY_MS = 100;

/** How many rows of a round have arrived in `table`. */
export interface Watch {
  /** An estimate from rows spread evenly over the order in which they were changed; costs next to nothing. */
  estimate(): Promise<number>;
  /** The exact number; reads the whole table. */
  count(): Promise<number>;
}

export function watchRound(server: Server, table: string, round: number, total: number): Watch {
  const every = Math.max(1, Math.floor(total / PROBES));
  const { pool } = server;
  let probes: Promise<string[]> | undefined;
  const findProbes = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM bench.ordered WHERE n <= $1 AND (n % $2 = 0 OR n = $1)', [
      total,
      every,
    ]);
    return rows.map(({ id }) => id);
  };
  const countWhere = async (condition: string, values: readonly unknown[]): Promise<number> => {
    const { rows } = await pool.query<{ count: string }>(
      `SELECT count(*) FROM ${table} WHERE priced_at = bench.changed_at($1) ${condition}`,
      [round, ...values],
    );
    return Number(rows[0]?.count);
  };
  return {
    async estimate() {
      const ids = await (probes ??= findProbes());
      return ((await countWhere('AND id = ANY ($2)', [ids])) / ids.length) * total;
    },
    count: () => countWhere('', []),
  };
}

export interface Drained {
  readonly rows: number;
  readonly seconds: number;
  readonly rate: number;
  /** Whether all of the rows arrived; otherwise the time given was over, and the rate is that of the rows until then. */
  readonly complete: boolean;
}

const drained = (rows: number, sinceMs: number, complete: boolean): Drained => {
  const seconds = (performance.now() - sinceMs) / 1000;
  return { rows, seconds, rate: rows / seconds, complete };
};

/** Waits until all rows of the round have arrived, since `startedMs`. Throws when nothing at all arrives for a minute. */
export async function untilDrained(
  watch: Watch,
  total: number,
  startedMs: number,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Drained> {
  let last = -1;
  let movedMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const seen = await watch.estimate();
    onProgress(seen);
    if (seen !== last) [last, movedMs] = [seen, performance.now()];
    if (seen >= total && (await watch.count()) >= total) return drained(total, startedMs, true);
    if (performance.now() - movedMs > 60_000)
      throw new Error(`nothing arrived for a minute, ${Math.round(seen)} of ${total} rows were there`);
    await wait(LOOK_EVERY_MS);
  }
}

/**
 * The steady rate over a slow link: counted exactly from when the first rows are there and `warmUpMs` have passed, for `windowMs` or until all
 * have arrived.
 */
export async function steadyRate(
  watch: Watch,
  options: { total: number; warmUpMs: number; windowMs: number; signal: AbortSignal; onProgress: (done: number) => void },
): Promise<Drained> {
  const { total, signal, onProgress } = options;
  const giveUpMs = performance.now() + 60_000;
  while ((await watch.estimate()) === 0) {
    signal.throwIfAborted();
    if (performance.now() > giveUpMs) throw new Error('nothing arrived for a minute');
    await wait(LOOK_EVERY_MS);
  }
  await wait(options.warmUpMs, undefined, { signal });
  const before = await watch.count();
  const startedMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const seen = await watch.estimate();
    onProgress(seen);
    const over = performance.now() - startedMs >= options.windowMs;
    if (over || seen >= total) {
      const elapsedMs = performance.now();
      const rows = (await watch.count()) - before;
      const seconds = ((over ? performance.now() : elapsedMs) - startedMs) / 1000;
      return { rows, seconds, rate: rows / seconds, complete: before + rows >= total };
    }
    await wait(LOOK_EVERY_MS);
  }
}
