import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { brokenRules } from '../testing/books.ts';
import { BRANCH, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let order: string;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

const fresh = (): string => (order = randomUUID());
const stateOf = async (orderId: string): Promise<string | undefined> =>
  (await scene.inspect.query<{ state: string }>('SELECT state FROM inventory.reservation WHERE order_id = $1', [orderId])).rows[0]?.state;

describe('reserve', () => {
  it('takes all lines, and says nothing is short', async () => {
    const [a, b] = [await scene.product(5), await scene.product(2)];
    expect(
      await scene.offered.reserve(fresh(), [
        [a, 3],
        [b, 2],
      ]),
    ).toEqual([]);
    expect([await scene.stock(a), await scene.stock(b), await stateOf(order)]).toEqual([[5, 3], [2, 2], 'held']);
  });

  it('adds up a product that stands on two lines', async () => {
    const a = await scene.product(5);
    expect(
      await scene.offered.reserve(fresh(), [
        [a, 3],
        [a, 3],
      ]),
    ).toEqual([{ product_id: a, available: 5 }]);
    expect(await stateOf(order)).toBeUndefined();
    expect(
      await scene.offered.reserve(order, [
        [a, 3],
        [a, 2],
      ]),
    ).toEqual([]);
    expect(await scene.stock(a)).toEqual([5, 5]);
  });

  it('takes nothing where one line is short, and names what is', async () => {
    const [a, b, unknown] = [await scene.product(5), await scene.product(2), randomUUID()];
    const short = await scene.offered.reserve(fresh(), [
      [a, 1],
      [b, 3],
      [unknown, 1],
    ]);
    expect(new Map(short.map((line) => [line.product_id, line.available]))).toEqual(
      new Map([
        [b, 2],
        [unknown, 0],
      ]),
    );
    expect([await scene.stock(a), await scene.stock(b), await stateOf(order)]).toEqual([[5, 0], [2, 0], undefined]);
    const { rows } = await scene.inspect.query('SELECT FROM inventory.movement WHERE reference = $1', [order]);
    expect(rows).toEqual([]);
  });

  it('answers the same again once it is reserved, though nothing is left', async () => {
    const a = await scene.product(1);
    expect(await scene.offered.reserve(fresh(), [[a, 1]])).toEqual([]);
    expect(await scene.offered.reserve(order, [[a, 1]])).toEqual([]);
    await scene.offered.allocate(order);
    expect(await scene.offered.reserve(order, [[a, 1]])).toEqual([]);
    expect(await scene.stock(a)).toEqual([1, 1]);
  });

  it('does not begin again for an order whose reservation is over', async () => {
    const a = await scene.product(1);
    await scene.offered.reserve(fresh(), [[a, 1]]);
    await scene.offered.release(order);
    await expect(scene.offered.reserve(order, [[a, 1]])).rejects.toMatchObject({ code: '55000' });
    expect(await scene.stock(a)).toEqual([1, 0]);
  });

  it('takes from the store that is named, and from no other', async () => {
    const a = await scene.product(4, BRANCH);
    expect(await scene.offered.reserve(fresh(), [[a, 1]])).toEqual([{ product_id: a, available: 0 }]);
    expect(await scene.offered.reserve(order, [[a, 1]], { storeId: BRANCH })).toEqual([]);
    expect(await scene.stock(a, BRANCH)).toEqual([4, 1]);
  });

  it.each([
    ['no lines', [], []],
    ['arrays of unequal length', [randomUUID(), randomUUID()], [1]],
    ['a quantity of 0', [randomUUID()], [0]],
    ['a negative quantity', [randomUUID()], [-1]],
    ['an empty quantity', [randomUUID()], [null]],
    ['an empty product', [null], [1]],
    ['no arrays', null, null],
  ])('refuses %s', async (_what, products, quantities) => {
    for (const text of ['reserve($1, NULL, $2, $3, now())', 'ship($1, $2, $3)', 'take_back($1, NULL, $2, $3)']) {
      await expect(scene.orders.query(`SELECT inventory.${text}`, [randomUUID(), products, quantities])).rejects.toMatchObject({
        code: '22023',
      });
    }
  });

  it('refuses an order that names no store where the region has no online store', async () => {
    const client = await scene.inspect.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT inventory.choose_online_store(NULL)');
      await expect(
        client.query('SELECT inventory.reserve($1, NULL, $2, $3, now())', [randomUUID(), [randomUUID()], [1]]),
      ).rejects.toMatchObject({
        code: '55000',
      });
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });
});

describe('allocate, release and expire', () => {
  const reserved = async (expiresInSeconds?: number): Promise<string> => {
    const a = await scene.product(3);
    await scene.offered.reserve(fresh(), [[a, 2]], expiresInSeconds === undefined ? {} : { expiresInSeconds });
    return a;
  };

  it('allocate keeps what is held from expiring', async () => {
    const a = await reserved(-1);
    expect(await scene.offered.allocate(order)).toBe('allocated');
    expect(await scene.offered.allocate(order)).toBe('allocated');
    expect(await scene.offered.expire(1_000)).not.toContain(order);
    expect(await scene.stock(a)).toEqual([3, 2]);
  });

  it('expire gives back what is overdue, and allocate is too late then', async () => {
    const a = await reserved(-1);
    expect(await scene.offered.expire(1_000)).toContain(order);
    expect(await scene.offered.expire(1_000)).toEqual([]);
    expect([await scene.offered.allocate(order), await scene.offered.release(order)]).toEqual(['expired', 'expired']);
    expect(await scene.stock(a)).toEqual([3, 0]);
  });

  it('expire takes no more than it is told, the longest overdue first, and of the named orders alone where some are', async () => {
    const ids: string[] = [];
    for (const seconds of [-10, -30, -20]) {
      await reserved(seconds);
      ids.push(order);
    }
    await reserved(60);
    const [tenth, thirtieth, twentieth] = ids;
    expect(await scene.offered.expire(10, [order])).toEqual([]);
    expect(await scene.offered.expire(10, [tenth!, order])).toEqual([tenth]);
    expect(await scene.offered.expire(1)).toEqual([thirtieth]);
    expect(await scene.offered.expire(10)).toEqual([twentieth]);
  });

  it('release gives back what is held, and what is allocated', async () => {
    for (const allocated of [false, true]) {
      const a = await reserved();
      if (allocated) await scene.offered.allocate(order);
      expect(await scene.offered.release(order)).toBe('released');
      expect(await scene.offered.release(order)).toBe('released');
      expect([await scene.offered.allocate(order), await scene.stock(a)]).toEqual(['released', [3, 0]]);
    }
  });

  it('of an order that nobody reserved for there is no state', async () => {
    expect([await scene.offered.allocate(randomUUID()), await scene.offered.release(randomUUID())]).toEqual([null, null]);
  });
});
