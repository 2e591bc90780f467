/**
 * Goal: what a store is, with its hours and its place, is the same in both regions, whichever wrote it last.
 * Method: two databases with the product's own migrations; what the outbox points at is read and applied by the engine's own functions. Planted once: the hours
 * left out of the sync policy.
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

const carry = async (from: Scene, to: Scene) => {
  const [sender, receiver] = await Promise.all([from.region.open('sync'), to.region.open('sync')]);
  return (await ship({ sync: sender.pool }, { sync: receiver.pool })).get('catalog.store');
};

it('a store crosses with hours and place, and comes back as it was changed', async () => {
  const openingHours = {
    timeZone: 'Asia/Shanghai',
    weekly: [{ day: 1, opens: '09:00', closes: '24:00' }],
    exceptions: [{ date: '2026-10-01', periods: [{ opens: '22:00', closes: '02:00' }] }],
  };
  const body = { code: 'SHA-9', name: '人民广场', city: '上海', country: 'CN', latitude: 31.2304, longitude: 121.4737, openingHours };
  const made = bodyOf(Store, await china.call('POST', '/v1/stores', { as: 'admin', body }));
  expect(await carry(china, world)).toMatchObject([{ outcome: 'applied' }]);
  const arrived = await world.call('GET', `/v1/stores/${made.id}`);
  expect(arrived.body).toEqual(made);
  expect((await world.call('GET', '/v1/stores?near=31.23,121.47')).body).toMatchObject({ items: [{ code: 'SHA-9' }] });

  const changed = await world.call('PATCH', `/v1/stores/${made.id}`, {
    as: 'admin',
    ifMatch: String(arrived.headers['etag']),
    body: { openingHours: { ...openingHours, exceptions: [] }, longitude: 121.5 },
  });
  expect(changed.status).toBe(200);
  expect(await carry(world, china)).toMatchObject([{ outcome: 'applied' }]);
  expect((await china.call('GET', `/v1/stores/${made.id}`)).body).toEqual(changed.body);
});
