/**
 * Goal: whatever runs at the same time, nothing is sold that is not there, nothing is lost, and nobody waits in a circle.
 * Method: real transactions against each other, as many as a sale brings; where an order of events matters, one of them is held open at the place in question.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { inRounds } from '../../testing/rounds.ts';
import { brokenRules } from '../testing/books.ts';
import type { Line } from '../testing/offered.ts';
import { BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';
import { begin, unlocked, untilWaiting } from '../testing/waiting.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

const many = <Item>(count: number, make: (place: number) => Promise<Item>): Promise<Item[]> =>
  Promise.all(Array.from({ length: count }, (_, place) => make(place)));
/** Products in the order of their keys. */
const products = async (count: number, onHand: number): Promise<string[]> => (await many(count, () => scene.product(onHand))).sort();

describe('many buyers', () => {
  it('200 for 50 units: exactly 50 succeed, and the others leave nothing', async () => {
    await inRounds(async (round) => {
      const product = await scene.product(50);
      const orders = Array.from({ length: 200 }, () => randomUUID());
      const answers = await many(200, (n) => scene.offered.reserve(orders[n]!, [[product, 1]]));
      expect(
        answers.filter((short) => short.length === 0),
        `round ${round}`,
      ).toHaveLength(50);
      expect(answers.filter((short) => short.length > 0)).toEqual(
        Array.from({ length: 150 }, () => [{ product_id: product, available: 0 }]),
      );
      expect(await scene.stock(product)).toEqual([50, 50]);
      const { rows } = await scene.inspect.query('SELECT FROM inventory.reservation WHERE order_id = ANY ($1)', [orders]);
      expect(rows).toHaveLength(50);
    });
  }, 300_000);

  it('of a product that stands on two lines: each takes both or none, and none is sold beyond what there is', async () => {
    const [twice, once] = [await scene.product(51), await scene.product(1_000)];
    const answers = await many(60, (n) =>
      scene.offered.reserve(
        randomUUID(),
        n % 2 === 0
          ? [
              [twice, 1],
              [once, 1],
              [twice, 1],
            ]
          : [
              [once, 1],
              [twice, 2],
            ],
      ),
    );
    expect(answers.filter((short) => short.length === 0)).toHaveLength(25);
    expect(answers.filter((short) => short.length > 0)).toEqual(Array.from({ length: 35 }, () => [{ product_id: twice, available: 1 }]));
    expect(await scene.stock(twice)).toEqual([51, 50]);
    expect(await scene.stock(once)).toEqual([1_000, 25]);
  });

  it('of several products in any order: nobody waits in a circle, and all that can be had is had', async () => {
    const ids = await products(6, 40);
    const answers = await many(120, (n) => {
      const turned = [...ids.slice(n % 6), ...ids.slice(0, n % 6)];
      return scene.offered.reserve(
        randomUUID(),
        (n % 2 === 0 ? turned : turned.toReversed()).map((id): Line => [id, 1]),
      );
    });
    expect(answers.filter((short) => short.length === 0)).toHaveLength(40);
    for (const id of ids) expect(await scene.stock(id)).toEqual([40, 40]);
  });

  it.each([
    ['it was the last one', 1],
    ['there is plenty', 50],
  ])('of one order: it is reserved once, though %s, and each call is told so', async (_what, onHand) => {
    const product = await scene.product(onHand);
    const order = randomUUID();
    expect(await many(8, () => scene.offered.reserve(order, [[product, 1]]))).toEqual(Array.from({ length: 8 }, () => []));
    expect(await scene.stock(product)).toEqual([onHand, 1]);
  });
});

describe('stock is locked by key', () => {
  /** While the first of `keys` is locked, `work` waits for it and has locked nothing beyond. */
  async function waitsAtTheFirst(
    storeId: string,
    ids: readonly string[],
    work: () => Promise<unknown>,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const holder = await begin(scene.inspect);
    await holder.client.query('SELECT FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE', [storeId, ids[0]]);
    const working = work();
    await untilWaiting(scene);
    expect((await unlocked(scene, storeId, ids)).toSorted()).toEqual(ids.slice(1));
    await meanwhile();
    await holder.commit();
    await working;
  }

  it('by reserve, ship, take_back and release', async () => {
    const ids = await products(4, 10);
    const order = randomUUID();
    const lines = ids.toReversed().map((id): Line => [id, 2]);
    await waitsAtTheFirst(ONLINE, ids, () => scene.offered.reserve(order, lines));
    await scene.offered.allocate(order);
    await waitsAtTheFirst(ONLINE, ids, () =>
      scene.offered.ship(
        order,
        lines.map(([id]) => [id, 1]),
      ),
    );
    await waitsAtTheFirst(ONLINE, ids, () =>
      scene.offered.takeBack(
        order,
        lines.map(([id]) => [id, 1]),
      ),
    );
    await waitsAtTheFirst(ONLINE, ids, () => scene.offered.release(order));
  });

  it('by write_off', async () => {
    const [ids, order] = [await products(4, 10), randomUUID()];
    await scene.offered.reserve(
      order,
      ids.toReversed().map((id): Line => [id, 2]),
    );
    await scene.offered.allocate(order);
    await waitsAtTheFirst(ONLINE, ids, () => scene.offered.writeOff(order));
  });

  it('by expire, over all reservations', async () => {
    const ids = await products(4, 10);
    for (const id of ids.toReversed()) await scene.offered.reserve(randomUUID(), [[id, 1]], { expiresInSeconds: -1 });
    await waitsAtTheFirst(ONLINE, ids, () => scene.offered.expire(10));
  });

  it('by receipts, counts and transfers, on both sides', async () => {
    const ids = await products(4, 10);
    const post = (path: string, body: object) => () =>
      scene.call('POST', path, { as: 'warehouse', body, idempotencyKey: randomUUID() }).then(({ status }) => expect(status).toBe(201));
    const lines = ids.toReversed().map((productId) => ({ productId, quantity: 1 }));
    await post('/v1/receipts', { storeId: BRANCH, lines })();
    const counted = ids.toReversed().map((productId) => ({ productId, counted: 9 }));
    await waitsAtTheFirst(ONLINE, ids, post('/v1/receipts', { storeId: ONLINE, lines }));
    await waitsAtTheFirst(ONLINE, ids, post('/v1/counts', { storeId: ONLINE, lines: counted }));
    for (const [fromStoreId, toStoreId] of [
      [ONLINE, BRANCH],
      [BRANCH, ONLINE],
    ] as const) {
      // The branch comes after the online store.
      await waitsAtTheFirst(ONLINE, ids, post('/v1/transfers', { fromStoreId, toStoreId, lines }), async () => {
        expect(await unlocked(scene, BRANCH, ids)).toHaveLength(ids.length);
      });
    }
  });

  it('what goes both ways between two stores, some of it new there, ends', async () => {
    const ids = await products(5, 100);
    const move = (fromStoreId: string, toStoreId: string, list: readonly string[]) =>
      scene.call('POST', '/v1/transfers', {
        as: 'warehouse',
        body: { fromStoreId, toStoreId, lines: list.map((productId) => ({ productId, quantity: 1 })) },
        idempotencyKey: randomUUID(),
      });
    const statuses = (
      await many(40, (n) => (n % 2 === 0 ? move(ONLINE, BRANCH, ids) : move(BRANCH, ONLINE, ids.toReversed().slice(0, 1 + (n % 5)))))
    ).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect(statuses.filter((status, n) => n % 2 === 0 && status !== 201)).toEqual([]);
  });
});

describe('a crash', () => {
  it('after the reservation leaves nothing, and who waited for the last one has it', async () => {
    const product = await scene.product(1);
    const [dying, waiting] = [randomUUID(), randomUUID()];
    const transaction = await begin(scene.orders);
    expect(await transaction.offered.reserve(dying, [[product, 1]])).toEqual([]);
    const second = scene.offered.reserve(waiting, [[product, 1]]);
    await untilWaiting(scene);
    await scene.inspect.query('SELECT pg_terminate_backend($1)', [transaction.pid]);
    expect(await second).toEqual([]);
    await expect(transaction.client.query('COMMIT')).rejects.toThrow();
    transaction.discard();
    const { rows } = await scene.inspect.query('SELECT order_id FROM inventory.reservation WHERE order_id = ANY ($1)', [[dying, waiting]]);
    expect(rows).toEqual([{ order_id: waiting }]);
    expect(await scene.stock(product)).toEqual([1, 1]);
  });

  it('within reserve leaves nothing', async () => {
    const ids = await products(3, 5);
    const order = randomUUID();
    const holder = await begin(scene.inspect);
    await holder.client.query('SELECT FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE', [ONLINE, ids[2]]);
    const dying = await begin(scene.orders);
    const reserving = dying.offered.reserve(
      order,
      ids.map((id): Line => [id, 1]),
    );
    const failed = expect(reserving).rejects.toThrow();
    await untilWaiting(scene);
    await scene.inspect.query('SELECT pg_terminate_backend($1)', [dying.pid]);
    await failed;
    dying.discard();
    await holder.commit();
    expect(await scene.offered.release(order)).toBeNull();
    for (const id of ids) expect(await scene.stock(id)).toEqual([5, 0]);
  });
});

describe('expiry against payment', () => {
  /** An order that is overdue. */
  async function overdue(): Promise<{ order: string; product: string }> {
    const [order, product] = [randomUUID(), await scene.product(2)];
    await scene.offered.reserve(order, [[product, 2]], { expiresInSeconds: -1 });
    return { order, product };
  }

  it('a hundred times at once: it is allocated and kept, or expired and given back', async () => {
    const outcomes = new Map<string, number>();
    for (let run = 0; run < 100; run += 1) {
      const { order, product } = await overdue();
      const allocate = () => scene.offered.allocate(order);
      const expire = () => scene.offered.expire(10, [order]);
      const [state, expired] =
        run % 2 === 0
          ? await Promise.all([allocate(), expire()])
          : await Promise.all([expire(), allocate()]).then(([ids, answer]) => [answer, ids] as const);
      const outcome = JSON.stringify([state, expired.length, await scene.stock(product)]);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()].sort()).toEqual([JSON.stringify(['allocated', 0, [2, 2]]), JSON.stringify(['expired', 1, [2, 0]])]);
  });

  it('expire passes over what is being paid for, and waits for nobody', async () => {
    const { order, product } = await overdue();
    const payment = await begin(scene.orders);
    expect(await payment.offered.allocate(order)).toBe('allocated');
    expect(await scene.offered.expire(10)).toEqual([]);
    await payment.commit();
    expect(await scene.offered.expire(10)).toEqual([]);
    expect(await scene.stock(product)).toEqual([2, 2]);
  });

  it('a payment that meets an expiry waits for it, and is told', async () => {
    const { order, product } = await overdue();
    const sweep = await begin(scene.orders);
    expect(await sweep.offered.expire(10, [order])).toEqual([order]);
    const paying = scene.offered.allocate(order);
    await untilWaiting(scene);
    await sweep.commit();
    expect(await paying).toBe('expired');
    expect(await scene.stock(product)).toEqual([2, 0]);
  });

  it('two sweeps share the work', async () => {
    const made = await many(12, () => overdue());
    const ids = made.map(({ order }) => order);
    const [first, second] = await Promise.all([scene.offered.expire(6, ids), scene.offered.expire(6, ids)]);
    const rest = await scene.offered.expire(12, ids);
    expect([...first, ...second, ...rest].toSorted()).toEqual(ids.toSorted());
  });
});

describe('shipping against release', () => {
  it('a release that meets a shipment in parts gives back what that leaves', async () => {
    const [order, product] = [randomUUID(), await scene.product(5)];
    await scene.offered.reserve(order, [[product, 3]]);
    await scene.offered.allocate(order);
    const shipping = await begin(scene.orders);
    expect(await shipping.offered.ship(order, [[product, 1]])).toBe(1);
    const releasing = scene.offered.release(order);
    await untilWaiting(scene);
    await shipping.commit();
    expect(await releasing).toBe('shipped');
    expect(await scene.stock(product)).toEqual([4, 0]);
  });

  it('two shipments of the same take it once', async () => {
    const [order, product] = [randomUUID(), await scene.product(5)];
    await scene.offered.reserve(order, [[product, 3]]);
    await scene.offered.allocate(order);
    const units = await many(6, () => scene.offered.ship(order, [[product, 2]]));
    expect(units.toSorted()).toEqual([0, 0, 0, 0, 1, 2]);
    expect((await many(6, () => scene.offered.takeBack(order, [[product, 2]]))).toSorted()).toEqual([0, 0, 0, 0, 1, 2]);
    expect(await scene.stock(product)).toEqual([5, 0]);
  });
});
