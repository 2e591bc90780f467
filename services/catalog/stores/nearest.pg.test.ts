/**
 * Goal: the nearest stores come first, each once, whatever the pages, and with the distance that it is.
 * Method: places of which the distance is known; and as many as a town has, page by page, against a reckoning by another formula (the angle between vectors).
 * Planted once each: a flat earth, the radius left out, a cursor of another place let in.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ListedStore } from '#contracts/catalog.ts';
import { storeIdOf } from '#contracts/ids.ts';
import { pageOf } from '#contracts/values.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { circleOf } from './nearest.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const put = async (places: readonly (readonly [code: string, latitude: number | null, longitude: number | null])[]) => {
  for (const [code, latitude, longitude] of places) {
    await scene.database.pool.query(
      `INSERT INTO catalog.store (id, code, name, city, country, latitude, longitude) VALUES ($1, $2, $2, 'x', 'GB', $3, $4)`,
      [storeIdOf(code), code, latitude, longitude],
    );
  }
};
const near = async (query: string) => bodyOf(pageOf(ListedStore), await scene.call('GET', `/v1/stores?${query}`));

/** By the angle between two directions from the middle of the earth. */
function metresBetween([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number {
  const vector = (latitude: number, longitude: number) => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)] as const;
  };
  const [p, q] = [vector(a, b), vector(c, d)];
  const cross = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
  return 6_371_008.8 * Math.atan2(Math.hypot(...cross), p[0] * q[0] + p[1] * q[1] + p[2] * q[2]);
}

describe('stores near a place', () => {
  it('are as far as they are, also over the date line and at the pole', async () => {
    await put([
      ['FIJI-E', -17, -179.9],
      ['FIJI-W', -17, 179.9],
      ['POLE', 89.5, 90],
      ['HALF', -17, null],
    ]);
    const fiji = await near('near=-17,179.95&radiusMetres=100000');
    expect(fiji.items.map(({ code, distanceMetres }) => [code, distanceMetres])).toEqual([
      ['FIJI-W', Math.round(metresBetween([-17, 179.95], [-17, 179.9]))],
      ['FIJI-E', Math.round(metresBetween([-17, 179.95], [-17, -179.9]))],
    ]);
    expect((await near('near=89.5,-90&radiusMetres=500000')).items).toMatchObject([{ code: 'POLE', distanceMetres: 111_195 }]);
  });

  it('come page by page, each once, the nearest first, and none from beyond the radius', async () => {
    const town = Array.from({ length: 60 }, (_, n) => [`TOWN-${n}`, 48 + ((n * 37) % 60) / 200, 2 + ((n * 17) % 60) / 150] as const);
    // Some at the very same place.
    await put([...town, ['TWIN-1', 48.1, 2.1], ['TWIN-2', 48.1, 2.1], ['TWIN-3', 48.1, 2.1]]);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4_790, max: 4_840 }).map((n) => n / 100),
        fc.integer({ min: 190, max: 250 }).map((n) => n / 100),
        fc.integer({ min: 1_000, max: 40_000 }),
        fc.integer({ min: 1, max: 25 }),
        async (latitude, longitude, radiusMetres, limit) => {
          const seen: ListedStore[] = [];
          let cursor: string | null = null;
          do {
            const page = await near(
              `near=${latitude},${longitude}&radiusMetres=${radiusMetres}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`,
            );
            seen.push(...page.items);
            cursor = page.pageInfo.nextCursor;
          } while (cursor !== null);
          const distances = seen.map(({ distanceMetres = Number.NaN }) => distanceMetres);
          expect(distances).toEqual(distances.toSorted((a, b) => a - b));
          for (const store of seen) {
            const reckoned = metresBetween([latitude, longitude], [store.latitude ?? Number.NaN, store.longitude ?? Number.NaN]);
            expect(Math.abs(reckoned - (store.distanceMetres ?? Number.NaN))).toBeLessThan(1);
          }
          const expected = [...town, ['TWIN-1', 48.1, 2.1], ['TWIN-2', 48.1, 2.1], ['TWIN-3', 48.1, 2.1]] as const;
          const within = expected.filter(([, a, b]) => Math.round(metresBetween([latitude, longitude], [a, b])) <= radiusMetres);
          expect(seen.map(({ code }) => code).toSorted()).toEqual(within.map(([code]) => code).toSorted());
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  it('say whether they are open, where they say when they are', async () => {
    const always = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, opens: '00:00', closes: '24:00' }));
    await scene.call('POST', '/v1/stores', {
      as: 'admin',
      body: {
        code: 'OPEN-1',
        name: 'Open',
        city: 'x',
        country: 'NZ',
        latitude: -40,
        longitude: 175,
        openingHours: { timeZone: 'Pacific/Auckland', weekly: always, exceptions: [] },
      },
    });
    await put([['MUTE-1', -40, 175.1]]);
    expect((await near('near=-40,175')).items).toMatchObject([
      { code: 'OPEN-1', distanceMetres: 0, opening: { isOpen: true, closesAt: null } },
      { code: 'MUTE-1', opening: null },
    ]);
    expect((await near('near=-40,175&country=NZ')).items).toHaveLength(1);
    expect((await near('code=OPEN-1')).items[0]).not.toHaveProperty('distanceMetres');
  });

  it.each([
    ['a place off the globe', 'near=91,0'],
    ['one that is none', 'near=north'],
    ['an order of one’s own', 'near=1,1&sort=name'],
    ['a radius around nothing', 'radiusMetres=1000'],
    ['half the earth', 'near=1,1&radiusMetres=500001'],
  ])('are not answered for %s', async (_what, query) => {
    expect(await scene.call('GET', `/v1/stores?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('have cursors that are good for their own place alone', async () => {
    const { pageInfo } = await near('near=48.1,2.1&limit=1');
    expect((await scene.call('GET', `/v1/stores?near=48.1,2.1&cursor=${pageInfo.nextCursor}`)).status).toBe(200);
    expect((await scene.call('GET', `/v1/stores?near=48.2,2.1&cursor=${pageInfo.nextCursor}`)).status).toBe(400);
    expect((await scene.call('GET', `/v1/stores?cursor=${pageInfo.nextCursor}`)).status).toBe(400);
  });
});

it('a circle is of the radius that is asked for, or fifty kilometres', () => {
  expect(circleOf({ near: '1.5,-2' })).toEqual({ latitude: 1.5, longitude: -2, radiusMetres: 50_000 });
  expect(circleOf({})).toBeUndefined();
});
