import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Queue, Received } from '#platform/queue/index.ts';

import { type Border, changes, never, openBorder, P1, P2, product, senderOf, skus } from './testing/border.ts';
import { count } from './testing/products.ts';
import type { TestRegion } from './testing/regions.ts';
import { deliver } from './worker/deliver.ts';
import { handleBatch } from './worker/handle.ts';
import { createUnfinished } from './worker/unfinished.ts';

const ENTITY = 'catalog.product';
let border: Border;
let world: TestRegion;
let china: TestRegion;

beforeEach(async () => {
  border = await openBorder();
  ({ world, china } = border);
});
afterEach(async () => border?.close());

const letters = async (region: TestRegion): Promise<unknown[]> =>
  (await region.owner.query('SELECT entity, key, reason, resolved_at IS NOT NULL AS resolved FROM sync.dead_letter')).rows;

test('a letter says by name what refused the row', async () => {
  await china.owner.query('ALTER TABLE catalog.product ADD CONSTRAINT product_is_cheap CHECK (price_minor < 50)');
  await product(world, P1, 'A');
  const { failure } = await deliver(senderOf(world, border.peerAt(border.ingestUrl)), new Map([[ENTITY, new Map([[P1, 1n]])]]), never);
  expect(failure).toBe(undefined);
  const { rows } = await world.owner.query('SELECT key, reason, detail FROM sync.dead_letter');
  expect(rows).toEqual([{ key: P1, reason: 'constraint', detail: 'product_is_cheap' }]);
});

describe('what is too large', () => {
  // Random, so that compression does not help; three bytes a character, so that bytes and characters differ.
  const describeWith = (bytes: number): Promise<unknown> =>
    world.owner.query(
      `UPDATE catalog.product SET description = (SELECT string_agg(chr(19968 + (random() * 20000)::int), '') FROM generate_series(1, $1::int / 3))`,
      [bytes],
    );
  const send = async (): Promise<void> => {
    const peer = border.peerAt(border.ingestUrl);
    const { failure } = await deliver(senderOf(world, peer), new Map([[ENTITY, new Map([[P1, 1n]])]]), never);
    expect(failure).toBe(undefined);
  };

  test('becomes a dead letter, and crosses when it shrinks: then the letter is resolved', async () => {
    await product(world, P1, 'A');
    await describeWith(1_100_000);
    await send();
    const letter = { entity: ENTITY, key: P1, reason: 'oversized' };
    expect([await letters(world), await skus(china)]).toEqual([[{ ...letter, resolved: false }], []]);
    expect((await world.owner.query('SELECT dead_letters FROM sync.status')).rows).toEqual([{ dead_letters: '1' }]);
    // As large as may be: it passes every limit on the way.
    await describeWith(1_047_000);
    await send();
    expect([await letters(world), await skus(china)]).toEqual([[{ ...letter, resolved: true }], ['A']]);
    expect((await world.owner.query('SELECT dead_letters FROM sync.status')).rows).toEqual([{ dead_letters: '0' }]);
  });

  test('is refused by itself where a sender lets it through', async () => {
    await product(world, P1, 'A');
    await describeWith(1_100_000);
    await product(world, P2, 'B');
    const results = await border.peerAt(border.ingestUrl).apply(await changes(world), never);
    expect(results.map(({ outcome, reason }) => `${outcome} ${reason}`).toSorted()).toEqual(['applied null', 'rejected oversized']);
    expect(await skus(china)).toEqual(['B']);
  });

  test('a letter of what the peer only parked stays open', async () => {
    await product(world, P1, 'A');
    await product(china, P2, 'A');
    await world.owner.query(`INSERT INTO sync.dead_letter (entity, key, version, reason) VALUES ($1, $2, 1, 'oversized')`, [ENTITY, P1]);
    await send();
    expect(await letters(world)).toMatchObject([{ resolved: false }]);
  });
});

describe('messages of a type that is not known', () => {
  const message = (receiveCount: number, type = 'madeinworld.sync.withdrawals.v1'): Received => ({
    id: 'm',
    body: JSON.stringify({ specversion: '1.0', id: 'm', source: 'madeinworld/world', type, data: { secret: 1 } }),
    receipt: 'r',
    receiveCount,
  });

  /** Handles one message on a queue that notes what is asked of it: a real one cannot be made to have delivered a message twelve times. */
  async function handle(received: Received): Promise<string[]> {
    const asked: string[] = [];
    const unused = async (): Promise<never> => Promise.reject(new Error('not asked for here'));
    const queue: Queue = {
      send: unused,
      receive: unused,
      delete: async (receipts) => {
        asked.push(`delete ${receipts.join(' ')}`);
        return receipts.map((receipt) => ({ ok: true, receipt }));
      },
      extend: async (receipt, seconds) => {
        asked.push(`hide ${seconds} s`);
        return receipt;
      },
      limits: { batch: 10, messageBytes: 47_000, batchBytes: 47_000, minVisibilitySeconds: 1, maxWaitSeconds: 20 },
      close: async () => undefined,
    };
    const peer = border.peerAt(border.ingestUrl);
    const unfinished = createUnfinished();
    await handleBatch({ ...senderOf(world, peer), queue, unfinished, sweep: async () => undefined }, [received], never);
    return asked;
  }

  test('stay in the queue for a newer worker, ever more patiently', async () => {
    expect(await handle(message(1))).toEqual(['hide 15 s']);
    expect(await handle(message(4))).toEqual(['hide 120 s']);
    expect(await handle(message(11))).toEqual(['hide 600 s']);
    expect(await count(world, 'dead_letter')).toBe(0);
  });

  test('are given up after an hour or so, and leave a letter that names the type alone', async () => {
    expect(await handle(message(12))).toEqual(['delete r']);
    expect(await letters(world)).toEqual([
      { entity: 'queue', key: 'madeinworld.sync.withdrawals.v1', reason: 'unknown_message', resolved: false },
    ]);
  });

  test('are kept like those of a known type whose contents are not understood; what is no message of ours is dropped', async () => {
    expect(await handle(message(1, 'madeinworld.sync.pointers.v1'))).toEqual(['hide 15 s']);
    expect(await handle({ ...message(1), body: 'no message' })).toEqual(['delete r']);
    expect(await count(world, 'dead_letter')).toBe(0);
  });
});
