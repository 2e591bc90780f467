import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Stock, StockChanged } from '#contracts/inventory.ts';
import { pageOf } from '#contracts/values.ts';

import { brokenRules } from '../testing/books.ts';
import { bodyOf, BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

const post = (path: string, body: object) => scene.call('POST', path, { as: 'warehouse', body, idempotencyKey: randomUUID() });
const reserve = async (productId: string, quantity: number): Promise<string> => {
  const order = randomUUID();
  expect(await scene.offered.reserve(order, [[productId, quantity]])).toEqual([]);
  return order;
};

describe('a receipt', () => {
  it('adds to stock, line by line of one product, and says what there is then', async () => {
    const [a, b] = [await scene.product(3), await scene.listed()];
    const before = scene.published();
    const lines = [
      { productId: a, quantity: 2 },
      { productId: b, quantity: 1 },
      { productId: a, quantity: 5 },
    ];
    const answer = await post('/v1/receipts', { storeId: ONLINE, reference: 'DN 17', lines });
    expect(answer.status).toBe(201);
    const { reference, items } = bodyOf(StockChanged, answer);
    expect(reference).toBe('DN 17');
    expect(new Map(items.map(({ productId, onHand, level }) => [productId, [onHand, level]]))).toEqual(
      new Map([
        [a, [10, 'ample']],
        [b, [1, 'low']],
      ]),
    );
    expect(scene.published()).toBe(before + 1);
  });

  it('without a name gets one, under which the ledger has it', async () => {
    const { reference } = bodyOf(
      StockChanged,
      await post('/v1/receipts', { storeId: ONLINE, lines: [{ productId: await scene.listed(), quantity: 1 }] }),
    );
    const { body } = await scene.call('GET', `/v1/movements?reference=${reference}`, { as: 'support' });
    expect(body).toMatchObject({ total: 1, items: [{ kind: 'received', onHand: 1, reserved: 0, reference }] });
  });

  it('of more than a number holds is refused', async () => {
    const productId = await scene.product(1);
    const lines = Array.from({ length: 999 }, () => ({ productId, quantity: 1_000_000 }));
    for (const status of [201, 201, 400]) expect((await post('/v1/receipts', { storeId: ONLINE, lines })).status).toBe(status);
  });
});

describe('a transfer', () => {
  it('moves goods from one store to another', async () => {
    const a = await scene.product(5);
    const body = { fromStoreId: ONLINE, toStoreId: BRANCH, lines: [{ productId: a, quantity: 3 }] };
    expect((await post('/v1/transfers', body)).status).toBe(201);
    expect([await scene.stock(a), await scene.stock(a, BRANCH)]).toEqual([
      [2, 0],
      [3, 0],
    ]);
  });

  it('leaves what is reserved, and moves nothing where a line is short', async () => {
    const [a, b] = [await scene.product(5), await scene.product(5)];
    await reserve(a, 3);
    const lines = [
      { productId: b, quantity: 1 },
      { productId: a, quantity: 2 },
      { productId: a, quantity: 1 },
    ];
    const answer = await post('/v1/transfers', { fromStoreId: ONLINE, toStoreId: BRANCH, lines });
    expect(answer).toMatchObject({ status: 409, body: { code: 'out_of_stock', short: [{ productId: a, available: 2 }] } });
    expect([await scene.stock(a), await scene.stock(b), await scene.stock(b, BRANCH)]).toEqual([
      [5, 3],
      [5, 0],
      [0, 0],
    ]);
  });

  it('of what the store never had is short, and into itself is refused', async () => {
    const unknown = randomUUID();
    const lines = [{ productId: unknown, quantity: 1 }];
    expect(await post('/v1/transfers', { fromStoreId: BRANCH, toStoreId: ONLINE, lines })).toMatchObject({
      status: 409,
      body: { short: [{ productId: unknown, available: 0 }] },
    });
    expect(await post('/v1/transfers', { fromStoreId: ONLINE, toStoreId: ONLINE, lines })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'toStoreId' }] },
    });
  });
});

describe('a count', () => {
  it('sets what is on hand; the difference is a movement, and none where there is no difference', async () => {
    const [a, b, c] = [await scene.product(5), await scene.product(5), await scene.listed()];
    const lines = [
      { productId: a, counted: 3 },
      { productId: b, counted: 5 },
      { productId: c, counted: 2 },
    ];
    const answer = await post('/v1/counts', { storeId: ONLINE, reference: 'C1', lines });
    expect(
      bodyOf(StockChanged, answer)
        .items.map(({ onHand }) => onHand)
        .toSorted(),
    ).toEqual([2, 3, 5]);
    const { rows } = await scene.inspect.query(`SELECT product_id, delta_on_hand FROM inventory.movement WHERE reference = 'C1'`);
    expect(new Map(rows.map((row) => [row.product_id, row.delta_on_hand]))).toEqual(
      new Map([
        [a, -2],
        [c, 2],
      ]),
    );
  });

  it('below what is reserved is refused as a whole, and says which line', async () => {
    const [a, b] = [await scene.product(5), await scene.product(5)];
    await reserve(b, 4);
    const lines = [
      { productId: a, counted: 1 },
      { productId: b, counted: 3 },
    ];
    expect(await post('/v1/counts', { storeId: ONLINE, lines })).toMatchObject({
      status: 409,
      body: { code: 'count_below_reserved', errors: [{ field: 'lines.1.counted' }] },
    });
    expect([await scene.stock(a), await scene.stock(b)]).toEqual([
      [5, 0],
      [5, 4],
    ]);
    expect((await post('/v1/counts', { storeId: ONLINE, lines: [{ productId: b, counted: 4 }] })).status).toBe(201);
  });

  it('of one product on two lines is refused', async () => {
    const productId = randomUUID();
    const lines = [
      { productId, counted: 1 },
      { productId, counted: 1 },
    ];
    expect(await post('/v1/counts', { storeId: ONLINE, lines })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'lines.1.counted' }] },
    });
  });
});

describe('stock', () => {
  it('has a tag of its numbers; what is low changes for who has seen them', async () => {
    const a = await scene.product(7);
    const url = `/v1/stock/${ONLINE}/${a}`;
    const seen = await scene.call('GET', url, { as: 'support' });
    expect(seen).toMatchObject({ status: 200, headers: { etag: '"7-0-5"' }, body: { onHand: 7, available: 7, lowAt: 5, level: 'ample' } });
    const patch = (ifMatch: string | undefined) =>
      scene.call('PATCH', url, { as: 'warehouse', body: { lowAt: 7 }, ...(ifMatch === undefined ? {} : { ifMatch }) });
    expect((await patch(undefined)).status).toBe(428);
    await reserve(a, 1);
    expect((await patch('"7-0-5"')).status).toBe(412);
    expect(await patch('"7-1-5"')).toMatchObject({ status: 200, headers: { etag: '"7-1-7"' }, body: { level: 'low' } });
    const elsewhere = `/v1/stock/${BRANCH}/${a}`;
    expect((await scene.call('GET', elsewhere, { as: 'support' })).status).toBe(404);
    expect((await scene.call('PATCH', elsewhere, { as: 'warehouse', body: { lowAt: 7 }, ifMatch: '"7-1-7"' })).status).toBe(404);
  });

  it('is listed once, in every order and by pages of any size', async () => {
    const storeId = await scene.store();
    for (const onHand of [3, 9, 9, 12, 6]) await scene.product(onHand, storeId);
    const low = await scene.product(5, storeId);
    const walk = async (query: string): Promise<Stock[]> => {
      const items: Stock[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const answer = await scene.call('GET', `/v1/stock?storeId=${storeId}&${query}${cursor === '' ? '' : `&cursor=${cursor}`}`, {
          as: 'support',
        });
        const body = bodyOf(pageOf(Stock), answer);
        items.push(...body.items);
        cursor = body.pageInfo.nextCursor;
      }
      return items;
    };
    for (const sort of ['productId', '-productId', 'available', '-available', 'onHand', '-onHand']) {
      const whole = await walk(`sort=${sort}&limit=200`);
      expect(new Set(whole.map(({ productId }) => productId)).size).toBe(6);
      for (const limit of [1, 2, 4]) expect(await walk(`sort=${sort}&limit=${limit}`)).toEqual(whole);
    }
    expect((await walk('sort=available')).map(({ available }) => available)).toEqual([3, 5, 6, 9, 9, 12]);
    expect((await walk('lowOnly=true&sort=available')).map(({ available }) => available)).toEqual([3, 5]);
    expect((await walk(`productId=${low}`)).map(({ productId }) => productId)).toEqual([low]);
  });

  it.each(['available', '-onHand'])('of thousands of millions goes by pages, too: %s', async (sort) => {
    const storeId = await scene.store();
    for (const times of [1_000, 900, 1_000]) {
      const productId = await scene.listed();
      const lines = Array.from({ length: times }, () => ({ productId, quantity: 1_000_000 }));
      expect((await post('/v1/receipts', { storeId, lines })).status).toBe(201);
    }
    const [seen, pages]: [string[], string[]] = [[], ['']];
    for (const cursor of pages) {
      const answer = await scene.call('GET', `/v1/stock?storeId=${storeId}&sort=${sort}&limit=1${cursor}`, { as: 'support' });
      const { items, pageInfo } = bodyOf(pageOf(Stock), answer);
      seen.push(...items.map(({ productId }) => productId));
      if (pageInfo.nextCursor !== null) pages.push(`&cursor=${pageInfo.nextCursor}`);
    }
    expect(new Set(seen).size).toBe(3);
  });

  it.each(['sort=reserved', 'limit=0', 'storeId=x', 'unknown=1', 'cursor=x', 'lowOnly=maybe'])('refuses %s', async (query) => {
    expect((await scene.call('GET', `/v1/stock?${query}`, { as: 'support' })).status).toBe(400);
  });
});
