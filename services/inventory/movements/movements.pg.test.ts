import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Movement } from '#contracts/inventory.ts';
import { pageOf } from '#contracts/values.ts';

import { SOMEONE } from '../../testing/tokens.ts';
import { bodyOf, BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let product: string;
let order: string;
beforeAll(async () => {
  scene = await openScene();
  [product, order] = [await scene.product(10), randomUUID()];
  await scene.product(1);
  await scene.offered.reserve(order, [[product, 3]]);
  await scene.offered.allocate(order);
  await scene.offered.ship(order, [[product, 2]]);
  await scene.offered.release(order);
  await scene.offered.takeBack(order, [[product, 1]], BRANCH);
});
afterAll(() => scene.close());

const list = async (query: string) => bodyOf(pageOf(Movement), await scene.call('GET', `/v1/movements?${query}`, { as: 'support' }));

describe('the ledger', () => {
  it('tells what became of a product, by whom and for what', async () => {
    const { items, total } = await list(`productId=${product}&sort=at`);
    expect(items.map(({ kind, onHand, reserved, actor }) => [kind, onHand, reserved, actor])).toEqual([
      ['received', 10, 0, SOMEONE],
      ['reserved', 0, 3, 'orders'],
      ['shipped', -2, -2, 'orders'],
      ['released', 0, -1, 'orders'],
      ['returned', 1, 0, 'orders'],
    ]);
    expect(total).toBe(5);
    expect(items.slice(1).map(({ reference }) => reference)).toEqual([order, order, order, order]);
  });

  it('goes by pages, the latest first', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, pageInfo } = await list(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...items.map(({ id }) => id));
      cursor = pageInfo.nextCursor;
    }
    expect(seen).toHaveLength(6);
    expect(seen).toEqual(seen.toSorted((a, b) => Number(b) - Number(a)));
  });

  it('is filtered by store, kind, reference and time', async () => {
    expect((await list(`storeId=${BRANCH}`)).items.map(({ kind }) => kind)).toEqual(['returned']);
    expect((await list('kind=received')).total).toBe(2);
    expect((await list(`reference=${order}`)).total).toBe(4);
    const [latest] = (await list('limit=1')).items;
    expect((await list(`from=${latest!.at}`)).items.map(({ id }) => id)).toContain(latest!.id);
    expect((await list(`until=${latest!.at}`)).items.map(({ id }) => id)).not.toContain(latest!.id);
  });

  it('counts so many and no more, and says where there are more', async () => {
    const counted = async () => {
      const { total, moreThanTotal } = await list('reference=many');
      return { total, moreThanTotal };
    };
    await scene.inspect.query(
      `INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, reference, actor)
       SELECT $1, $2, 'counted', CASE n % 2 WHEN 0 THEN 1 ELSE -1 END, 'many', 'test' FROM generate_series(1, 10000) n`,
      [ONLINE, product],
    );
    expect(await counted()).toEqual({ total: 10_000, moreThanTotal: undefined });
    await scene.inspect.query(
      `INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, reference, actor)
       SELECT $1, $2, 'counted', CASE n % 2 WHEN 0 THEN 1 ELSE -1 END, 'many', 'test' FROM generate_series(1, 20) n`,
      [ONLINE, product],
    );
    expect(await counted()).toEqual({ total: 10_000, moreThanTotal: true });
  });

  it.each([
    'from=2026-02-30T00:00:00Z',
    'until=yesterday',
    'kind=sold',
    'sort=kind',
    `cursor=${Buffer.from('{"s":"-at","k":"1","i":"x"}').toString('base64url')}`,
  ])('refuses %s', async (query) => {
    expect((await scene.call('GET', `/v1/movements?${query}`, { as: 'support' })).status).toBe(400);
  });
});
