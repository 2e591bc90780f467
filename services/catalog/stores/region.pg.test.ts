/**
 * Goal: a store is in the region that its creation names, else in the one that creates it; both regions are told, and it stays so.
 * Method: the routes of both regions, with what the outbox points at carried between them. Planted once each: the default is the country's region; the answer shows the
 * region that answers; the column is left out of the sync policy.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { Store } from '#contracts/catalog.ts';
import { ship } from '#sync/testing/regions.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let world: Scene;
let china: Scene;
beforeAll(async () => {
  [world, china] = await Promise.all([openScene('world'), openScene('china')]);
});
afterAll(() => Promise.all([world.close(), china.close()]));

async function carry(from: Scene, to: Scene): Promise<readonly string[]> {
  const [sender, receiver] = await Promise.all([from.region.open('sync'), to.region.open('sync')]);
  const answers = (await ship({ sync: sender.pool }, { sync: receiver.pool })).get('catalog.store') ?? [];
  return answers.map(({ outcome }) => outcome);
}
const create = (scene: Scene, code: string, more: object = {}) =>
  scene.call('POST', '/v1/stores', { as: 'admin', body: { code, name: 'Shop', city: 'Here', country: 'GB', ...more } });
const seenIn = async (scene: Scene, { id }: Store): Promise<Store> => bodyOf(Store, await scene.call('GET', `/v1/stores/${id}`));

it('is the one that creates it, wherever the store stands, and crosses', async () => {
  const made = bodyOf(Store, await create(china, 'REGION-1'));
  expect(made.region).toBe('china');
  expect(await carry(china, world)).toEqual(['applied']);
  expect(await seenIn(world, made)).toEqual(made);
  expect((await world.call('GET', '/v1/stores?code=REGION-1')).body).toMatchObject({ items: [{ region: 'china' }] });
});

it('is the one that the creation names', async () => {
  const made = bodyOf(Store, await create(world, 'REGION-2', { region: 'china' }));
  expect(made.region).toBe('china');
  expect(await carry(world, china)).toEqual(['applied']);
  expect((await seenIn(china, made)).region).toBe('china');
  expect(await create(world, 'REGION-3', { region: 'moon' })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

it('does not change: not by a change that names it, and not with the country, on either side', async () => {
  const made = await create(world, 'REGION-4');
  const store = bodyOf(Store, made);
  const change = (scene: Scene, etag: unknown, body: object) =>
    scene.call('PATCH', `/v1/stores/${store.id}`, { as: 'admin', ifMatch: String(etag), body });
  expect((await change(world, made.headers['etag'], { region: 'china' })).status).toBe(400);
  const moved = await change(world, made.headers['etag'], { country: 'CN' });
  expect(moved.body).toMatchObject({ country: 'CN', region: 'world' });
  await carry(world, china);
  expect((await change(china, moved.headers['etag'], { name: '新店' })).body).toMatchObject({ name: '新店', region: 'world' });
});

it('of a store that both create at once it is that of the one whose row wins, on both sides', async () => {
  const stores = [bodyOf(Store, await create(world, 'REGION-5')), bodyOf(Store, await create(china, 'REGION-5'))] as const;
  expect(stores.map(({ region }) => region)).toEqual(['world', 'china']);
  const outcomes = [await carry(world, china), await carry(china, world)];
  expect(outcomes.flat()).toContain('conflict');
  const seen = [await seenIn(world, stores[0]), await seenIn(china, stores[0])];
  expect(seen[0]).toEqual(seen[1]);
  const winner = stores.find(({ stamp }) => stamp.origin === seen[0]?.stamp.origin);
  expect(seen[0]?.region).toBe(winner?.region);
});
