import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { systemClock, type Clock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';
import { createPublisher, type Publisher } from '#platform/publisher.ts';
import { claimOutbox, settleOutbox } from '#platform/outbox.repository.ts';
import type { Queue, SendResult } from '#platform/queue/index.ts';

import { openRegion, type TestRegion } from './testing/regions.ts';
import { coalesce, readMessage } from './worker/coalesce.ts';

let world: TestRegion;
const publishers: Publisher[] = [];
beforeEach(async () => {
  world = await openRegion('world');
});
afterEach(async () => {
  await Promise.all(publishers.splice(0).map((publisher) => publisher.drain()));
  await world.close();
});

/** A queue that answers as the test says: real queues do not fail on command. */
function queueThat(send: (bodies: readonly string[]) => Promise<SendResult[]>): Queue {
  const unused = async (): Promise<never> => Promise.reject(new Error('a publisher only sends'));
  return {
    send,
    receive: unused,
    delete: unused,
    extend: unused,
    limits: { batch: 10, messageBytes: 47_000, batchBytes: 47_000, minVisibilitySeconds: 1, maxWaitSeconds: 20 },
    close: async () => undefined,
  };
}
const taken = (bodies: readonly string[]): SendResult[] => bodies.map((_, index) => ({ ok: true, id: String(index) }));
const refused = (bodies: readonly string[]): SendResult[] =>
  bodies.map(() => ({ ok: false, code: 'unavailable', detail: '', retryable: true }));

function publisherOn(queue: Queue, boundMs?: number, pool = world.catalog): Publisher {
  const publisher = createPublisher({
    pool,
    queue,
    log: createLogger({ level: 'silent', region: 'world' }),
    clock: systemClock,
    region: 'world',
    ...(boundMs === undefined ? {} : { boundMs }),
  });
  publishers.push(publisher);
  return publisher;
}
const write = (count: number): Promise<unknown> =>
  world.catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor) SELECT gen_random_uuid(), gen_random_uuid()::text, 'n', 1 FROM generate_series(1, $1)`,
    [count],
  );
const outbox = async (): Promise<number> =>
  Number((await world.owner.query<{ n: string }>('SELECT outbox AS n FROM sync.status')).rows[0]?.n);

test('many publishers at once send every pointer, and no outbox row twice', async () => {
  const sent: string[] = [];
  const queue = queueThat(async (bodies) => {
    sent.push(...bodies);
    return taken(bodies);
  });
  for (let n = 0; n < 40; n += 1) await write(3);
  await Promise.all(Array.from({ length: 6 }, () => publisherOn(queue).sweep()));
  const pointers = sent.map(readMessage);
  const all = pointers.flatMap((message) =>
    message.kind === 'pointers' ? [...(message.pointers.get('catalog.product')?.keys() ?? [])] : [],
  );
  expect([all.length, new Set(all).size, await outbox()]).toEqual([120, 120, 0]);
  expect(coalesce(pointers).get('catalog.product')?.size).toBe(120);
});

test('a queue that nobody empties is filled to its bound, and the outbox keeps the rest', async () => {
  let depth = 20_000;
  let now = 0;
  const sent: string[] = [];
  const queue = {
    ...queueThat(async (bodies) => {
      sent.push(...bodies);
      return taken(bodies);
    }),
    depth: async () => depth,
  };
  const publisher = createPublisher({
    pool: world.catalog,
    queue,
    log: createLogger({ level: 'silent', region: 'world' }),
    clock: { ...systemClock, now: () => now },
    region: 'world',
  });
  publishers.push(publisher);
  await write(1);
  const waiting = await outbox();
  await publisher.afterCommit();
  expect([await publisher.sweep(), await outbox(), sent.length]).toEqual([0, waiting, 0]);
  depth = 19_999;
  now += 5_000;
  expect(await publisher.sweep()).toBeGreaterThan(0);
  expect(await outbox()).toBe(0);
});

test('what a queue does not take stays in the outbox, and is sent when it does', async () => {
  let up = false;
  const publisher = publisherOn(queueThat(async (bodies) => (up ? taken(bodies) : refused(bodies))));
  await write(2);
  await publisher.afterCommit();
  expect(await outbox()).toBe(2);
  up = true;
  await expect.poll(outbox, { timeout: 10_000 }).toBe(0);
});

test('a queue that hangs holds a response up for the bound only', async () => {
  let release = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (release = resolve));
  const publisher = publisherOn(
    queueThat(async (bodies) => {
      await hanging;
      return taken(bodies);
    }),
    20,
  );
  await write(1);
  await publisher.afterCommit();
  expect(await outbox()).toBe(1);
  release();
  await expect.poll(outbox).toBe(0);
});

test('the first commit after a pause goes out at once, those that follow it closely share a message, also when the clock steps back', async () => {
  let nowMs = 1_000_000;
  let meanwhile = async (): Promise<unknown> => undefined;
  const waits: number[] = [];
  const clock: Clock = {
    now: () => nowMs,
    async wait(delayMs, signal) {
      // The bound of a response is none of this test's.
      if (delayMs === 50) return systemClock.wait(10_000, signal);
      waits.push(delayMs);
      await meanwhile();
      nowMs += delayMs;
    },
  };
  const sent: number[] = [];
  const publisher = createPublisher({
    pool: world.catalog,
    queue: queueThat(async (bodies) => (sent.push(coalesce(bodies.map(readMessage)).get('catalog.product')?.size ?? 0), taken(bodies))),
    log: createLogger({ level: 'silent', region: 'world' }),
    clock,
    region: 'world',
    gapMs: 20,
  });
  publishers.push(publisher);
  const commit = async (): Promise<void> => {
    await write(1);
    await publisher.afterCommit();
  };
  await commit();
  expect([sent, waits]).toEqual([[1], []]);
  nowMs += 5;
  meanwhile = () => write(2);
  await commit();
  expect([sent, waits]).toEqual([[1, 3], [15]]);
  meanwhile = async () => undefined;
  nowMs -= 300_000;
  await commit();
  expect([sent, waits]).toEqual([
    [1, 3, 1],
    [15, 20],
  ]);
  nowMs += 20;
  await commit();
  expect(waits).toHaveLength(2);
});

/** A pool whose next deletion from the outbox fails, or waits for `held`. */
function poolThat(onSettle: () => Promise<void>): pg.Pool {
  return new Proxy(world.catalog, {
    get(pool, property) {
      if (property !== 'query') return Reflect.get(pool, property) as unknown;
      return async (query: { name?: string }) => {
        if (query.name === 'outbox-settle') await onSettle();
        return pool.query(query as pg.QueryConfig);
      };
    },
  });
}

test('what could not be deleted after it was sent is sent again, without waiting for the lease', async () => {
  let failures = 1;
  const sent: string[] = [];
  const publisher = publisherOn(
    queueThat(async (bodies) => {
      sent.push(...bodies);
      return taken(bodies);
    }),
    undefined,
    poolThat(async () => {
      if ((failures -= 1) >= 0) throw new Error('gone');
    }),
  );
  await write(1);
  await publisher.afterCommit();
  await expect.poll(outbox, { timeout: 10_000 }).toBe(0);
  expect(sent.length).toBe(2);
});

test('a response does not wait for deletions, and the end does', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const publisher = publisherOn(
    queueThat(async (bodies) => taken(bodies)),
    10_000,
    poolThat(async () => held),
  );
  await write(1);
  await publisher.afterCommit();
  expect(await outbox()).toBe(1);
  let ended = false;
  const drained = publisher.drain().then(() => (ended = true));
  // A round trip is time enough for an end that waits for nothing.
  expect([await outbox(), ended]).toEqual([1, false]);
  release();
  await drained;
  expect(await outbox()).toBe(0);
});

test('the claim of a publisher that died comes back, and its late settling deletes nothing of its successor', async () => {
  await write(1);
  const dead = await claimOutbox(world.catalog, 10, 1);
  const sent = (dead?.rows ?? []).map((row) => ({ row: row.id, message: 'm' }));
  let successor: Awaited<ReturnType<typeof claimOutbox>>;
  await expect.poll(async () => (successor = await claimOutbox(world.catalog, 10, 60_000))?.rows.length).toBe(1);
  await settleOutbox(world.catalog, dead?.token ?? '', sent);
  expect(await outbox()).toBe(1);
  expect(await claimOutbox(world.catalog, 10, 60_000)).toBeUndefined();
  await settleOutbox(world.catalog, successor?.token ?? '', sent);
  expect(await outbox()).toBe(0);
});
