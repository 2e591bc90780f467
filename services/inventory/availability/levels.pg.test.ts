/**
 * Goal: what there is, in a word, is always right in its region and in the other one, and is written where it changes and nowhere else.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Availability, StockAlert } from '#contracts/inventory.ts';
import { pageOf } from '#contracts/values.ts';

import { brokenRules } from '../testing/books.ts';
import { bodyOf, BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';

let world: Scene;
let china: Scene;
beforeAll(async () => {
  [world, china] = await Promise.all([openScene('world'), openScene('china')]);
});
afterAll(async () => {
  await world?.close();
  await china?.close();
});
afterEach(async () => {
  for (const { inspect } of [world, china]) expect(await brokenRules(inspect)).toEqual([]);
});

const levelsOf = async (scene: Scene, ...productIds: string[]) =>
  bodyOf(Availability, await scene.call('GET', `/v1/availability?${productIds.map((id) => `productId=${id}`).join('&')}`)).items;
const reserve = async (scene: Scene, productId: string, quantity: number): Promise<string> => {
  const order = randomUUID();
  expect(await scene.offered.reserve(order, [[productId, quantity]])).toEqual([]);
  return order;
};
const pointers = async ({ inspect }: Scene): Promise<number> =>
  (await inspect.query<{ n: number }>(`SELECT coalesce(sum(size), 0)::int AS n FROM sync.outbox WHERE entity = 'inventory.availability'`))
    .rows[0]!.n;

/** Carries what changed in `from` over the border, as the workers do. */
async function ship(from: Scene, to: Scene): Promise<string[]> {
  const [sender, receiver] = [await from.region.open('sync'), await to.region.open('sync')];
  const { rows: ids } = await from.inspect.query<{ id: string }>(`SELECT id FROM inventory.availability WHERE origin LIKE $1`, [
    `${from === world ? 'world' : 'china'}#%`,
  ]);
  const { rows: items } = await sender.pool.query<{ item: string }>('SELECT item FROM sync.inventory_availability_read($1)', [
    ids.map(({ id }) => id),
  ]);
  const { rows } = await receiver.pool.query<{ outcome: string }>('SELECT outcome FROM sync.inventory_availability_apply($1)', [
    `[${items.map(({ item }) => item).join(',')}]`,
  ]);
  return rows.map(({ outcome }) => outcome);
}

describe('availability', () => {
  it('is out of what nobody has heard of', async () => {
    const [known, unknown] = [await world.product(50), randomUUID()];
    expect(await levelsOf(world, known, unknown, known)).toEqual([
      { productId: known, levels: { world: 'ample', china: 'out' } },
      { productId: unknown, levels: { world: 'out', china: 'out' } },
    ]);
  });

  it('is written when a sale crosses a level, and at no other', async () => {
    const product = await world.product(10);
    const before = await pointers(world);
    await reserve(world, product, 4);
    expect(await pointers(world)).toBe(before);
    const order = await reserve(world, product, 1);
    expect([await pointers(world), (await levelsOf(world, product))[0]?.levels.world]).toEqual([before + 1, 'low']);
    await reserve(world, product, 4);
    await world.offered.allocate(order);
    await world.offered.ship(order, [[product, 1]]);
    expect(await pointers(world)).toBe(before + 1);
    await reserve(world, product, 1);
    expect([await pointers(world), (await levelsOf(world, product))[0]?.levels.world]).toEqual([before + 2, 'out']);
  });

  it('is of the online store alone, and of another one when that is chosen', async () => {
    const [here, there] = [await world.product(50), await world.product(50, BRANCH)];
    const levels = async () => (await levelsOf(world, here, there)).map(({ levels }) => levels.world);
    expect(await levels()).toEqual(['ample', 'out']);
    const choose = (onlineStoreId: string | null) => world.call('PUT', '/v1/stock/settings', { as: 'admin', body: { onlineStoreId } });
    expect(await choose(BRANCH)).toMatchObject({ status: 200, body: { onlineStoreId: BRANCH } });
    expect(await levels()).toEqual(['out', 'ample']);
    expect(await brokenRules(world.inspect)).toEqual([]);
    await choose(null);
    expect(await levels()).toEqual(['out', 'out']);
    expect(await brokenRules(world.inspect)).toEqual([]);
    await choose(ONLINE);
    expect(await levels()).toEqual(['ample', 'out']);
    expect((await world.call('GET', '/v1/stock/settings', { as: 'support' })).body).toEqual({ onlineStoreId: ONLINE });
  });

  it('crosses the border, and each region writes its own', async () => {
    const product = await world.product(50);
    await china.listed(product);
    await china.call('POST', '/v1/receipts', {
      as: 'admin',
      body: { storeId: ONLINE, lines: [{ productId: product, quantity: 2 }] },
      idempotencyKey: randomUUID(),
    });
    expect(new Set(await ship(world, china))).toEqual(new Set(['applied']));
    expect(await ship(china, world)).toEqual(['applied']);
    const both = [{ productId: product, levels: { world: 'ample', china: 'low' } }];
    expect([await levelsOf(world, product), await levelsOf(china, product)]).toEqual([both, both]);
    await expect(china.inspect.query(`UPDATE inventory.availability SET level = 'out' WHERE region = 'world'`)).rejects.toMatchObject({
      code: 'SY002',
    });
    await reserve(china, product, 2);
    expect(new Set(await ship(china, world))).toEqual(new Set(['applied']));
    expect(await levelsOf(world, product)).toEqual([{ productId: product, levels: { world: 'ample', china: 'out' } }]);
  });

  it('has one row for a region and a product, under an id made of both', async () => {
    const product = await world.product(1);
    await expect(
      world.inspect.query(
        `INSERT INTO inventory.availability (id, region, product_id, level) VALUES (gen_random_uuid(), 'world', $1, 'out')`,
        [product],
      ),
    ).rejects.toMatchObject({ code: '23514' });
    const { rows } = await world.inspect.query<{ id: string }>('SELECT id FROM inventory.availability WHERE product_id = $1', [product]);
    // RFC 9562: version 8, variant 10.
    expect(rows[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each(['', 'productId=x', `productId=${Array.from({ length: 101 }, () => ONLINE).join('&productId=')}`])(
    'refuses the query "%s"',
    async (query) => {
      expect((await world.call('GET', `/v1/availability?${query}`)).status).toBe(400);
    },
  );
});

describe('alerts', () => {
  const alertsOf = async (query: string) =>
    bodyOf(pageOf(StockAlert), await world.call('GET', `/v1/stock/alerts?${query}`, { as: 'support' })).items;

  it('begin and end with what they tell of', async () => {
    const product = await world.product(10, BRANCH);
    const sold = (quantity: number) => {
      const order = randomUUID();
      return world.offered.reserve(order, [[product, quantity]], { storeId: BRANCH }).then(() => order);
    };
    const kinds = async () => (await alertsOf(`productId=${product}&sort=since`)).map(({ kind, endedAt }) => [kind, endedAt !== null]);
    expect(await kinds()).toEqual([]);
    await sold(5);
    expect(await kinds()).toEqual([['low', false]]);
    const last = await sold(5);
    expect(await kinds()).toEqual([
      ['low', true],
      ['out', false],
    ]);
    await world.offered.release(last);
    await world.call('POST', '/v1/counts', {
      as: 'warehouse',
      body: { storeId: BRANCH, lines: [{ productId: product, counted: 40 }] },
      idempotencyKey: randomUUID(),
    });
    expect(await kinds()).toEqual([
      ['low', true],
      ['out', true],
      ['low', true],
    ]);
    // Each that begins is told of, once.
    const { rows } = await world.inspect.query('SELECT type FROM events.outbox WHERE subject = $1 ORDER BY seq', [product]);
    expect(rows.map(({ type }) => type)).toEqual(['madeinworld.stock.low.v1', 'madeinworld.stock.out.v1', 'madeinworld.stock.low.v1']);
  });

  it('are one as long as the level is one, however much is sold meanwhile', async () => {
    const product = await world.product(10);
    await reserve(world, product, 5);
    const [began] = await alertsOf(`productId=${product}`);
    for (let sale = 0; sale < 3; sale += 1) await reserve(world, product, 1);
    expect(await alertsOf(`productId=${product}`)).toEqual([began]);
    expect(began).toMatchObject({ kind: 'low', endedAt: null });
  });

  it('begin when a threshold is raised, too', async () => {
    const product = await world.product(10);
    await world.call('PATCH', `/v1/stock/${ONLINE}/${product}`, { as: 'warehouse', body: { lowAt: 10 }, ifMatch: '"10-0-5"' });
    expect(await alertsOf(`productId=${product}&open=true`)).toMatchObject([{ kind: 'low', storeId: ONLINE, endedAt: null }]);
    expect((await levelsOf(world, product))[0]?.levels.world).toBe('low');
  });

  it('are filtered, and go by pages', async () => {
    const open = await alertsOf('open=true&limit=200');
    expect(open.every(({ endedAt }) => endedAt === null)).toBe(true);
    expect((await alertsOf('open=false&limit=200')).every(({ endedAt }) => endedAt !== null)).toBe(true);
    expect((await alertsOf(`storeId=${BRANCH}&kind=out&limit=200`)).map(({ kind, storeId }) => [kind, storeId])).toEqual([['out', BRANCH]]);
    expect(open.map(({ since }) => since)).toEqual(
      open
        .map(({ since }) => since)
        .toSorted()
        .toReversed(),
    );
  });
});
