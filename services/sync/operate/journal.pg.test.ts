import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { createMetrics } from '#platform/metrics/metrics.ts';
import { createPublisher } from '#platform/publisher.ts';
import type { Queue } from '#platform/queue/index.ts';

import { C1, keysOf, log, never, chinaKey, openBorder, P1, P2, product, senderOf, worldKey, type Border } from '../testing/border.ts';
import { insertRun } from '../reconcile/runs.repository.ts';
import { handleBatch } from '../worker/handle.ts';
import { createUnfinished } from '../worker/unfinished.ts';
import { connectPeer } from '../worker/post.ts';
import { createIngestOperating, createWorkerOperating, type WorkerOperating } from './operating.ts';
import { traceKey } from './trace.ts';

let border: Border;
let operating: WorkerOperating;
let atChina: ReturnType<typeof createIngestOperating>;
const sent: string[] = [];

beforeEach(async () => {
  sent.length = 0;
  border = await openBorder(undefined, (region) =>
    region.region === 'china'
      ? (atChina = createIngestOperating({ pool: region.sync, region: 'china', clock: systemClock, log })).observer
      : undefined,
  );
  operating = createWorkerOperating({
    pool: border.world.sync,
    region: 'world',
    clock: systemClock,
    log,
    backlog: { queued: async () => 7, oldestWriteMs: () => Date.now() - 90_000 },
  });
});
afterEach(async () => border?.close());

/** A queue that keeps what is sent. */
const queue: Queue = {
  limits: { batch: 10, messageBytes: 1_000_000, batchBytes: 1_000_000, minVisibilitySeconds: 0, maxWaitSeconds: 0 },
  send: async (bodies) => {
    sent.push(...bodies);
    return bodies.map((_, index) => ({ ok: true, id: String(index) }));
  },
  receive: async () => [],
  delete: async () => [],
  extend: async (receipt) => receipt,
  close: async () => undefined,
};

const publish = () => createPublisher({ pool: border.world.catalog, queue, log, clock: systemClock, region: 'world' }).afterCommit();

/** The worker takes what was published over the border at `url`. */
async function cross(url: string): Promise<void> {
  const peer = connectPeer({
    url,
    region: 'world',
    keys: keysOf(worldKey, [chinaKey]),
    clock: systemClock,
    timeoutMs: 5_000,
    observer: operating.observer,
  });
  border.opened.push(peer);
  const received = sent.map((body, index) => ({ id: String(index), receipt: String(index), body, receiveCount: 1 }));
  const sweep = async (): Promise<void> => undefined;
  await handleBatch(
    { ...senderOf(border.world, peer), queue, unfinished: createUnfinished(), sweep, observer: operating.observer },
    received,
    never,
  );
  await Promise.all([operating.flush(), atChina.flush()]);
}

const stepsOf = async (region: 'world' | 'china', key: string): Promise<string[]> =>
  (await traceKey(border[region].sync, region, key, undefined))?.events.map(({ step, outcome, reason }) =>
    [step, outcome, reason].filter((part) => part !== null).join(' '),
  ) ?? [];

describe("a row's way", () => {
  test('is told step by step, each side its own part', async () => {
    await product(border.world, P1, 'A');
    await publish();
    await cross(border.ingestUrl);
    expect(await stepsOf('world', P1)).toEqual(['committed', 'published', 'received', 'posted', 'answered applied']);
    expect(await stepsOf('china', P1)).toEqual(['applied applied']);
    const [here, there] = await Promise.all([
      traceKey(border.world.sync, 'world', P1, undefined),
      traceKey(border.china.sync, 'china', P1, undefined),
    ]);
    expect(here?.present).toMatchObject([{ entity: 'catalog.product', origin: 'world#1', deleted: false }]);
    expect(there?.present).toEqual(here?.present);
    // The nonce joins what was posted with what was applied.
    const nonces = [here, there].map((one) => one?.events.find(({ nonce }) => nonce !== null)?.nonce);
    expect(nonces[0]).toBe(nonces[1]);
    expect(JSON.stringify([here, there])).not.toContain('sku');
  });

  test('tells why an item waits, and how it got in', async () => {
    await border.world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'lamps', 'Lamps')`, [C1]);
    await product(border.world, P1, 'A', { category: C1 });
    await border.world.owner.query(`DELETE FROM sync.outbox WHERE entity = 'catalog.category'`);
    await publish();
    await cross(border.ingestUrl);
    expect(await stepsOf('world', P1)).toContain('answered parked missing_parent');
    expect(await stepsOf('china', P1)).toEqual(['applied parked missing_parent']);
    expect((await traceKey(border.china.sync, 'china', P1, undefined))?.parked).toMatchObject([{ reason: 'missing_parent' }]);
    sent.length = 0;
    await border.world.catalog.query(`UPDATE catalog.category SET name = 'All lamps' WHERE id = $1`, [C1]);
    await publish();
    await cross(border.ingestUrl);
    expect(await stepsOf('china', P1)).toEqual(['applied parked missing_parent', 'applied applied']);
  });

  test('tells of a request that nobody acknowledged, and why', async () => {
    await product(border.world, P1, 'A');
    await publish();
    await cross('http://127.0.0.1:9');
    expect((await stepsOf('world', P1)).slice(-2)).toEqual(['posted', 'not-acknowledged border_unreachable']);
  });

  test('is that of this key alone, whatever keys look like', async () => {
    await product(border.world, P1, 'A');
    await product(border.world, P2, 'B');
    await publish();
    const trace = await traceKey(border.world.sync, 'world', P2, undefined);
    expect(trace?.events.filter(({ step }) => step === 'published')).toHaveLength(1);
    for (const nobody of ['no key', '%', `"${P1}`, P1.slice(0, 8), '\\', '["']) {
      expect(await traceKey(border.world.sync, 'world', nobody, undefined)).toBeUndefined();
    }
    expect(await traceKey(border.world.sync, 'world', P1, 'catalog.category')).toBeUndefined();
  });
});

describe('the journal', () => {
  test('is bounded by age and by size', async () => {
    const { owner, sync } = border.world;
    const note = (n: number, at: string) =>
      owner.query(
        `INSERT INTO sync.journal (step, at, entity, pointers) SELECT 'published', ${at}, 'catalog.product', repeat('x', 800) FROM generate_series(1, $1::int)`,
        [n],
      );
    const held = async () => Number((await owner.query('SELECT count(*) AS n FROM sync.journal')).rows[0].n);
    await note(10, `now() - interval '25 hours'`);
    await note(50, 'now()');
    await sync.query('SELECT sync.journal_trim()');
    expect(await held()).toBe(50);
    await owner.query(`UPDATE sync.setting SET value = '20000' WHERE name = 'journal_bytes'`);
    await sync.query('SELECT sync.journal_trim()');
    expect(await held()).toBe(20);
  });

  test('is written by publishers through the outbox alone, and holds nobody up', async () => {
    await expect(border.world.catalog.query(`INSERT INTO sync.journal (step) VALUES ('published')`)).rejects.toThrow(/permission denied/);
    await expect(border.world.catalog.query('SELECT * FROM sync.journal')).rejects.toThrow(/permission denied/);
    await border.china.owner.query('ALTER TABLE sync.journal ADD CONSTRAINT none CHECK (false) NOT VALID');
    await product(border.world, P1, 'A');
    await publish();
    await cross(border.ingestUrl);
    expect((await stepsOf('world', P1)).at(-1)).toBe('answered applied');
  });
});

test('metrics count what was sent and applied, and name no key', async () => {
  const metrics = createMetrics('sync-worker');
  metrics.add(operating.metrics);
  await product(border.world, P1, 'A');
  await publish();
  await cross(border.ingestUrl);
  await cross('http://127.0.0.1:9');
  await product(border.world, P2, 'B');
  const reconciling = { peer: 'china', entity: null, dryRun: true, deep: false, fill: false };
  const run = await insertRun(border.world.sync, reconciling, randomUUID());
  await border.world.owner.query(
    `UPDATE sync.reconcile_run SET state = 'interrupted', started_at = started_at - interval '70 seconds' WHERE id = $1`,
    [run?.id],
  );
  const text = await metrics.text();
  expect(text).toContain('madeinworld_sync_items_total{way="sent",outcome="applied",reason="",direction="world-china"} 1');
  expect(text).toContain('madeinworld_sync_not_acknowledged_total{reason="border_unreachable",direction="world-china"} 1');
  expect(text).toContain('madeinworld_sync_outbox_pointers{direction="world-china"} 1');
  expect(text).toContain('madeinworld_sync_queued_messages{direction="world-china"} 7');
  expect(Number(/unanswered_oldest_seconds\{[^}]*\} ([0-9.]+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(90);
  expect(Number(/reconcile_unfinished_seconds\{[^}]*\} ([0-9.]+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(70);
  expect(text).toMatch(/lag_seconds_count\{direction="world-china"\} 1/);
  expect(text).not.toContain(P1);
  // The peer reaches the ingest: neither metrics nor the operators' API are there.
  for (const url of ['/metrics', '/v1/sync/status']) expect((await border.ingest.inject({ url })).statusCode).toBe(404);
  // Within five seconds a scrape shows what was read for the last one.
  await border.world.owner.query('DELETE FROM sync.outbox');
  expect(await metrics.text()).toContain('madeinworld_sync_outbox_pointers{direction="world-china"} 1');
});
