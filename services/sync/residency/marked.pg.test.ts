/**
 * Goal: what must not cross is nowhere outside its region, whatever happens to the rows that it belongs to.
 * Method: every restricted column and every table of personal data of both regions holds marked values. Rows are written, changed on both sides at
 * once, deleted, parked, refused, redriven, lost with their queue and reconciled, over a tap at the border that keeps every byte. Then the marks
 * are looked for in all that crossed, in the queues, in every table of the other region, in sync's own tables at home (where a tombstone alone may keep its own region's), and in every log line.
 */
import { randomUUID } from 'node:crypto';

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { expect, test } from 'vitest';

import { migrations as auth } from '#auth/migrations/index.ts';
import { createPolicies } from '#contracts/sync-policy.ts';
import { systemClock } from '#platform/clock.ts';
import { createLogger, type Logger } from '#platform/log.ts';
import { migrate } from '#platform/migrate.ts';
import { createPublisher } from '#platform/publisher.ts';
import type { Queue } from '#platform/queue/index.ts';

import { buildIngestApp } from '../ingest/app.ts';
import { retryParked, reviveOverdue } from '../ingest/parked.ts';
import { createWorkerOperating } from '../operate/operating.ts';
import { traceKey } from '../operate/trace.ts';
import { createReconciler } from '../reconcile/reconciler.ts';
import { createOwnSide } from '../reconcile/side.ts';
import { chinaKey, keysOf, never, senderOf, worldKey } from '../testing/border.ts';
import { openBoth, type TestRegion, testedPolicies } from '../testing/regions.ts';
import { openTap } from '../testing/tap.ts';
import { handleBatch } from '../worker/handle.ts';
import { createUnfinished } from '../worker/unfinished.ts';
import { connectPeer } from '../worker/post.ts';
import { connectSigned } from '../worker/signed.ts';

const policies = createPolicies(testedPolicies);
const id = (n: number): string => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;
const CATEGORY = id(900);

/** Marks of one region: amounts that stand nowhere else, and personal data. */
interface Marks {
  nextCost(): string;
  readonly all: string[];
}

function marksOf(digits: string): Marks {
  const all: string[] = [];
  return {
    all,
    nextCost() {
      const cost = `${digits}${String(all.length).padStart(4, '0')}`;
      all.push(cost);
      return cost;
    },
  };
}

/** A queue in memory that keeps every body that was ever put into it. */
function memoryQueue(): Queue & { readonly bodies: string[]; waiting: string[] } {
  const bodies: string[] = [];
  const queue = {
    bodies,
    waiting: [] as string[],
    send: async (sent: readonly string[]) => {
      bodies.push(...sent);
      queue.waiting.push(...sent);
      return sent.map(() => ({ ok: true as const, id: randomUUID() }));
    },
    receive: async () => Promise.reject(new Error('the test hands messages out')),
    delete: async (receipts: readonly string[]) => {
      queue.waiting = queue.waiting.filter((body) => !receipts.includes(body));
      return receipts.map((receipt) => ({ ok: true as const, receipt }));
    },
    extend: async (receipt: string) => receipt,
    limits: { batch: 10, messageBytes: 47_000, batchBytes: 47_000, minVisibilitySeconds: 1, maxWaitSeconds: 20 },
    close: async () => undefined,
  };
  return queue;
}

interface Side {
  readonly region: TestRegion;
  readonly marks: Marks;
  readonly queue: ReturnType<typeof memoryQueue>;
  /** Publishes what was written and sends what waits, as publisher and worker do. */
  work(): Promise<void>;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

async function personalData({ region, marks }: Pick<Side, 'region' | 'marks'>): Promise<void> {
  const db = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: region.database.roles.migrator, max: 1 }) }),
  });
  await migrate(db, auth, createLogger({ level: 'silent', region: 'test' }));
  await db.destroy();
  const [account, session, bucket] = [randomUUID(), randomUUID(), `mark-bucket-${region.region}`];
  const [email, other] = [`mark-${region.region}@people.example`, `mark-challenge-${region.region}@people.example`];
  const [mac, hash] = [`mark-mac-${region.region}`, `mark-hash-${region.region}`];
  await region.owner.query('INSERT INTO auth.account (id, email) VALUES ($1, $2)', [account, email]);
  await region.owner.query('INSERT INTO auth.challenge (id, email, code_mac, expires_at) VALUES ($1, $2, $3, now())', [
    randomUUID(),
    other,
    Buffer.from(mac),
  ]);
  await region.owner.query('INSERT INTO auth.session (id, account_id, expires_at) VALUES ($1, $2, now())', [session, account]);
  await region.owner.query('INSERT INTO auth.refresh_token (hash, session_id, expires_at) VALUES ($1, $2, now())', [
    Buffer.from(hash),
    session,
  ]);
  await region.owner.query('INSERT INTO auth.throttle (bucket, hits, ends_at) VALUES ($1, 1, now())', [bucket]);
  marks.all.push(account, session, email, other, mac, hash, bucket);
}

function openSide(region: TestRegion, marks: Marks, peerUrl: string, log: Logger): Side {
  const queue = memoryQueue();
  const pool = region.sync;
  const keys = region.region === 'world' ? keysOf(worldKey, [chinaKey]) : keysOf(chinaKey, [worldKey]);
  const operating = createWorkerOperating({
    pool,
    region: region.region,
    clock: systemClock,
    log,
    backlog: { queued: async () => 0, oldestWriteMs: () => null },
  });
  const { observer } = operating;
  const peer = connectPeer({ url: peerUrl, region: region.region, keys, clock: systemClock, timeoutMs: 5_000, observer });
  const publisher = createPublisher({ pool, queue, log, clock: systemClock, region: region.region });
  const sweep = async (): Promise<void> => {
    await publisher.sweep();
    await retryParked({ pool, policies, log });
    await reviveOverdue({ pool, policies, log }, 0);
    await publisher.sweep();
  };
  return {
    region,
    marks,
    queue,
    sweep,
    async work() {
      await publisher.sweep();
      const received = queue.waiting.map((body) => ({ id: randomUUID(), body, receipt: body, receiveCount: 1 }));
      const { failure } = await handleBatch(
        { ...senderOf(region, peer), queue, log, sweep, observer, unfinished: createUnfinished() },
        received,
        never,
      );
      if (failure !== undefined) log.warn({ err: failure }, 'not acknowledged');
      await operating.flush();
    },
    async close() {
      await publisher.drain();
      await peer.close();
    },
  };
}

const insert = (side: Side, n: number, more: { sku?: string; category?: string; price?: number } = {}): Promise<unknown> =>
  side.region.catalog.query(
    'INSERT INTO catalog.product (id, sku, name, price_minor, category_id, cost_minor) VALUES ($1, $2, $2, $3, $4, $5)',
    [id(n), more.sku ?? `S${n}`, more.price ?? n, more.category ?? null, side.marks.nextCost()],
  );
const edit = (side: Side, n: number, price: number): Promise<unknown> =>
  side.region.catalog.query('UPDATE catalog.product SET price_minor = $2, cost_minor = $3 WHERE id = $1', [
    id(n),
    price,
    side.marks.nextCost(),
  ]);
const setCost = (side: Side, n: number): Promise<unknown> =>
  side.region.catalog.query('UPDATE catalog.product SET cost_minor = $2 WHERE id = $1', [id(n), side.marks.nextCost()]);
const remove = (side: Side, n: number): Promise<unknown> => side.region.catalog.query('DELETE FROM catalog.product WHERE id = $1', [id(n)]);
const skusOf = async ({ region }: Side): Promise<string[]> =>
  (await region.owner.query<{ sku: string }>('SELECT sku FROM catalog.product ORDER BY 1')).rows.map(({ sku }) => sku);

/** Every row of the tables of `schemas`, as text, by table. */
async function tablesOf({ region }: Side, schemas: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await region.owner.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = ANY ($1)`,
    [schemas],
  );
  const texts = await Promise.all(
    rows.map(async ({ name }): Promise<[string, string]> => {
      const found = await region.owner.query<{ text: string }>(`SELECT coalesce(string_agg(t::text, E'\\n'), '') AS text FROM ${name} t`);
      return [name, found.rows[0]?.text ?? ''];
    }),
  );
  return new Map(texts);
}

/** Which marks stand in `text`, in any of the ways in which bytes are written out. */
function found(text: string, marks: readonly string[]): string[] {
  return marks.filter((mark) =>
    [mark, Buffer.from(mark).toString('hex'), Buffer.from(mark).toString('base64').replace(/=+$/, '').slice(0, -1)].some((form) =>
      text.includes(form),
    ),
  );
}

test('marked values are in nothing that crossed, in no queue, in no table of the other side and in no log', async () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', region: 'test', destination: { write: (line) => void lines.push(line) } });
  const both = await openBoth();
  const readiness = { draining: false, checks: {} };
  const ownSide = ({ sync: pool }: TestRegion) => createOwnSide({ pool, policies, queued: async () => 0, publish: async () => 0 });
  const listen = async (region: TestRegion) => {
    const keys = region.region === 'world' ? keysOf(worldKey, [chinaKey]) : keysOf(chinaKey, [worldKey]);
    const app = buildIngestApp({ pool: region.sync, policies, keys, log, clock: systemClock, readiness, side: ownSide(region) });
    return { app, tap: await openTap(await app.listen({ host: '127.0.0.1', port: 0 })) };
  };
  const [atWorld, atChina] = [await listen(both.world), await listen(both.china)];
  const world = openSide(both.world, marksOf('9182736'), atChina.tap.url, log);
  const china = openSide(both.china, marksOf('5647382'), atWorld.tap.url, log);
  const sides = [world, china];
  const connection = connectSigned({ url: atChina.tap.url, keys: keysOf(worldKey, [chinaKey]), clock: systemClock });
  try {
    for (const side of sides) await personalData(side);
    // China takes no price above a million: what costs more there is refused for good.
    await both.china.owner.query('ALTER TABLE catalog.product ADD CHECK (price_minor < 1000000)');

    // Writes, and changes of both sides at once.
    for (const n of [1, 2, 3, 4, 8]) await insert(world, n);
    for (const n of [11, 12, 18]) await insert(china, n);
    for (const side of sides) await side.work();
    await setCost(china, 8);
    await setCost(world, 18);
    await remove(world, 8);
    await remove(china, 18);
    for (const n of [1, 2]) for (const side of sides) await edit(side, n, side === world ? 500 + n : 600 + n);
    // Whatever the millisecond: this one is the greater version, so that each side sees both and keeps a record.
    await edit(china, 1, 611);
    await remove(world, 3);
    await edit(china, 3, 700);
    await remove(china, 12);
    await edit(world, 12, 800);
    // A UNIQUE collision; a child whose parent does not come; a row that is refused; the border cut meanwhile.
    await insert(world, 5, { sku: 'SAME' });
    await insert(china, 15, { sku: 'SAME' });
    await world.region.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [CATEGORY]);
    await world.region.owner.query('DELETE FROM sync.outbox WHERE entity = $1', ['catalog.category']);
    await insert(world, 6, { category: CATEGORY });
    await insert(world, 7, { price: 2_000_000 });
    for (const { tap } of [atWorld, atChina]) tap.cut(true);
    for (const side of sides) await side.work();
    for (const { tap } of [atWorld, atChina]) tap.cut(false);
    for (const side of sides) await side.work();
    for (const side of sides) await side.sweep();
    const parked = await both.china.owner.query<{ reason: string }>('SELECT DISTINCT reason FROM sync.parked ORDER BY 1');
    const letters = await both.world.owner.query<{ id: string; reason: string }>('SELECT id, reason FROM sync.dead_letter');
    expect(parked.rows.map(({ reason }) => reason)).toContain('missing_parent');
    expect(letters.rows.map(({ reason }) => reason)).toContain('constraint');

    // The refused row is made acceptable and redriven; the world's queue loses what it holds; what was lost is found and brought.
    await edit(world, 7, 77);
    for (const { id: letter } of letters.rows) await both.world.sync.query('SELECT sync.redrive($1)', [letter]);
    for (const n of [21, 22, 23]) await insert(world, n);
    await edit(world, 4, 4_444);
    await both.world.owner.query('DELETE FROM sync.outbox');
    const reconciler = createReconciler({
      pool: both.world.sync,
      policies,
      own: ownSide(both.world),
      connection,
      peerRegion: 'china',
      clock: { now: () => Date.now(), wait: async () => undefined },
      log,
    });
    await reconciler.startReconcile({ deep: true });
    await reconciler.idle();
    await reconciler.close();
    for (let round = 0; round < 3; round += 1) for (const side of sides) await side.work().then(side.sweep);
    const traces = await Promise.all(sides.map(({ region }) => traceKey(region.sync, region.region, id(1), undefined)));

    // All that happened did happen: rows, conflicts and refusals of both regions are on both sides.
    for (const sku of ['S1', 'S6', 'S7', 'S11', 'S21']) for (const side of sides) expect(await skusOf(side), sku).toContain(sku);
    for (const { region } of sides) expect((await region.owner.query('SELECT FROM sync.conflict')).rowCount).toBeGreaterThanOrEqual(1);

    const leaks: Record<string, string[]> = {};
    const look = (where: string, text: string, marks: readonly string[]): void => {
      expect(text.length, `${where} has something in it`).toBeGreaterThan(0);
      const hits = found(text, marks);
      if (hits.length > 0) leaks[where] = hits;
    };
    const marks = sides.flatMap((side) => side.marks.all);
    look('the border, to China', atChina.tap.recorded(), marks);
    look('the border, to the world', atWorld.tap.recorded(), marks);
    look('logs', lines.join('\n'), marks);
    look('traces', JSON.stringify(traces), marks);
    for (const [side, other] of [
      [world, china],
      [china, world],
    ] as const) {
      look(`queue of ${side.region.region}`, side.queue.bodies.join('\n'), marks);
      for (const [table, text] of await tablesOf(side, ['sync', 'catalog', 'auth'])) {
        // What a tombstone keeps for a revival is its own region's.
        const ownMarks = table.startsWith('sync.') && table !== 'sync.tombstone';
        const hits = found(text, ownMarks ? marks : other.marks.all);
        if (hits.length > 0) leaks[`${side.region.region} ${table}`] = hits;
      }
      const graves = await side.region.owner.query<{ text: string; home: string | null }>(
        `SELECT (to_jsonb(g) - 'home')::text AS text, home::text FROM sync.tombstone g`,
      );
      look(`tombstones of ${side.region.region}`, graves.rows.map(({ text }) => text).join('\n'), marks);
      expect(found(graves.rows.map(({ home }) => home ?? '').join('\n'), side.marks.all).length).toBeGreaterThanOrEqual(2);
      // The search finds what is there: at home each mark of a row that lives is in its table.
      const home = [...(await tablesOf(side, ['catalog', 'auth'])).values()].join('\n');
      expect(found(home, side.marks.all).length).toBeGreaterThan(8);
    }
    expect(leaks).toEqual({});
  } finally {
    for (const side of sides) await side.close();
    await connection.close();
    for (const { app, tap } of [atWorld, atChina]) {
      await tap.close();
      await app.close();
    }
    await both.close();
  }
}, 60_000);
