import { setTimeout as wait } from 'node:timers/promises';

import { Pool } from 'undici';

import { quantile, type BenchCase, type CaseContext, type Figure } from '../case.ts';
import { ingestUrl, startWorker } from '../ours.ts';
import { holdBack } from '../reference.ts';
import type { Server } from '../../rig/server.ts';
import { startStaff } from '../../rig/staff.ts';
import { REFERENCE, SYNCED } from '../rows.ts';
import { overBorder } from './border.ts';

const WRITES_A_SECOND = 200;
const RTT_MS = 200;
const LOOK_EVERY_MS = 5;
/** As many as there are writes a second: each row is written once a second, so that no write is overtaken by the next of its row. */
const ROWS = WRITES_A_SECOND;
const WARM_UP_MS = 3_000;

/** Rows whose arrival is watched: a query of (name, written_ms), the clock reading of the last write. */
interface Watched {
  readonly query: string;
  readonly names: readonly string[];
}

/**
 * Looks at rows in China until `over` aborts; answers how long after its write each was first seen as it is, but for the warming up. The server itself keeps
 * what was seen and answers what is new: handing over all rows with every look would take a sixth of the machine.
 */
async function watchArrivals(china: Server, { query, names }: Watched, over: AbortSignal): Promise<number[]> {
  const client = await china.pool.connect();
  const latenciesMs: number[] = [];
  const warmAtMs = Date.now() + WARM_UP_MS;
  try {
    await client.query('CREATE TEMP TABLE seen (name text PRIMARY KEY, written_ms float8 NOT NULL)');
    await client.query('INSERT INTO pg_temp.seen SELECT name, 0 FROM unnest($1::text[]) AS u(name)', [names]);
    const look = {
      // Another table each time.
      name: `look-${warmAtMs}`,
      text: `UPDATE pg_temp.seen s SET written_ms = now.written_ms FROM (${query}) now
             WHERE now.name = s.name AND now.written_ms > s.written_ms RETURNING now.written_ms`,
    };
    while (!over.aborted) {
      const { rows } = await client.query<{ written_ms: number }>(look);
      const nowMs = Date.now();
      for (const { written_ms: writtenMs } of rows) if (writtenMs > warmAtMs) latenciesMs.push(nowMs - writtenMs);
      await wait(LOOK_EVERY_MS);
    }
    await client.query('DROP TABLE pg_temp.seen');
  } finally {
    client.release();
  }
  return latenciesMs;
}

/** Starts a write at every two-hundredth of a second, whether the last has ended or not. */
async function writeSteadily(durationMs: number, signal: AbortSignal, write: (n: number) => Promise<unknown>): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  let failure: unknown;
  const startedMs = performance.now();
  for (let n = 0; performance.now() - startedMs < durationMs; n += 1) {
    signal.throwIfAborted();
    const dueMs = startedMs + (n * 1000) / WRITES_A_SECOND;
    if (dueMs > performance.now()) await wait(dueMs - performance.now());
    if (failure !== undefined) throw failure;
    const writing: Promise<unknown> = write(n)
      .catch((error: unknown) => (failure ??= error))
      .finally(() => underWay.delete(writing));
    underWay.add(writing);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
}

async function measure({ rig, quick, signal }: CaseContext, watched: Watched, write: (n: number) => Promise<unknown>): Promise<number[]> {
  const over = new AbortController();
  const writing = async (): Promise<void> => {
    try {
      await writeSteadily(WARM_UP_MS + (quick ? 5_000 : 20_000), signal, write);
      await wait(2 * RTT_MS);
    } finally {
      over.abort();
    }
  };
  const [latenciesMs] = await Promise.all([watchArrivals(rig.china, watched, over.signal), writing()]);
  return latenciesMs;
}

/** Writes one product a request. `fetch` would take three times as much of the machine that is measured. */
function writerTo(url: string, token: string): { write(sku: string, n: number): Promise<void>; close(): Promise<void> } {
  const pool = new Pool(url, { connections: 64 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return {
    async write(sku, n) {
      const price = { amountMinor: 100 + (n % 9000), currency: 'GBP' };
      const body = JSON.stringify({ items: [{ sku, name: `Latency ${sku}`, price, pricedAt: new Date().toISOString() }] });
      const answer = await pool.request({ method: 'POST', path: '/v1/products/bulk', headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || !/"status":"(created|updated)"/.test(text))
        throw new Error(`a write was answered ${answer.statusCode}: ${text}`);
    },
    close: () => pool.close(),
  };
}

/** Writes through the catalogue's API, which publishes as it always does, and is read in China. */
async function ours(context: CaseContext): Promise<number[]> {
  const { rig } = context;
  const staff = await startStaff('world');
  await rig.renewQueue();
  const catalog = await rig.start('world-catalog', 'world', 'catalog', { AUTH_URL: staff.authUrl });
  try {
    return await overBorder(context, new URL(ingestUrl(rig)).host, { rttMs: RTT_MS }, async (through) => {
      const worker = await startWorker(rig, `http://${through}`);
      try {
        const put = writerTo(catalog.url('world:catalog'), staff.token);
        const skus = Array.from({ length: ROWS }, (_, n) => `LATENCY-${n}`);
        try {
          for (const sku of skus) await put.write(sku, 0);
          const query = `SELECT sku AS name, (version >> 16)::float8 AS written_ms FROM ${SYNCED} WHERE sku LIKE 'LATENCY-%'`;
          return await measure(context, { query, names: skus }, (n) => put.write(skus[n % ROWS] ?? '', n));
        } finally {
          await put.close();
        }
      } finally {
        await worker.stop();
      }
    });
  } finally {
    await catalog.stop();
    await staff.stop();
  }
}

async function reference(context: CaseContext): Promise<number[]> {
  const { rig } = context;
  const { world } = rig;
  const { rows } = await world.pool.query<{ id: string }>('SELECT id FROM bench.ordered WHERE n <= $1 ORDER BY n', [ROWS]);
  const ids = rows.map(({ id }) => id);
  return overBorder(context, `127.0.0.1:${world.port}`, { rttMs: RTT_MS }, async (through) => {
    const replication = await holdBack(rig, through, async () => undefined);
    try {
      await replication.release();
      const query = `SELECT id::text AS name, extract(epoch FROM priced_at)::float8 * 1000 AS written_ms FROM ${REFERENCE}`;
      const update = `UPDATE ${REFERENCE} SET price_minor = 100 + $2, priced_at = clock_timestamp() WHERE id = $1`;
      return await measure(context, { query, names: ids }, (n) =>
        world.pool.query({ name: 'edit', text: update, values: [ids[n % ROWS], n % 9000] }),
      );
    } finally {
      await replication.drop();
    }
  });
}

/** How long after a write the other region shows it, at a steady rate of writes, border at 200 ms round trip. */
export const latency: BenchCase = {
  name: 'latency',
  what: `from a write to its being seen in the peer, at ${WRITES_A_SECOND} writes/s, border ${RTT_MS} ms round trip`,
  async run(context) {
    await context.rows.fill(ROWS);
    context.progress('logical replication');
    const theirs = await reference(context);
    context.progress('ours');
    const own = await ours(context);
    const figure = (name: string, q: number, atMost: number): Figure => {
      const [mine, other] = [quantile(own, q), quantile(theirs, q)];
      const what = `${name} from write to seen in the peer, ${WRITES_A_SECOND} writes/s, ${RTT_MS} ms (${own.length} seen)`;
      return { case: 'latency', what, ours: mine, reference: other, unit: 'ms', ratio: mine / other, target: { of: 'ours', atMost } };
    };
    return [figure('p50', 0.5, RTT_MS / 2 + 20), figure('p99', 0.99, RTT_MS / 2 + 60)];
  },
};
