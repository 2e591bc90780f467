import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Store } from '#contracts/catalog.ts';
import { pageOf } from '#contracts/values.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const create = (code: string, more: object = {}) =>
  scene.call('POST', '/v1/stores', { as: 'admin', body: { code, name: 'Shop', city: '上海', country: 'CN', ...more } });

const newYear = { date: '2027-01-01', periods: [] };
const hours = { timeZone: 'Asia/Shanghai', weekly: [{ day: 5, opens: '10:00', closes: '22:00' }], exceptions: [newYear] };

describe('stores', () => {
  it('are created, read, moved and deleted', async () => {
    const created = await create('SHA-1', { latitude: 31.2304, longitude: 121.4737 });
    expect(created.status).toBe(201);
    const { headers } = created;
    const body = bodyOf(Store, created);
    expect(body).toMatchObject({ code: 'SHA-1', city: '上海', country: 'CN', latitude: 31.2304, longitude: 121.4737 });
    const url = `/v1/stores/${body.id}`;
    const moved = await scene.call('PATCH', url, {
      as: 'admin',
      ifMatch: String(headers['etag']),
      body: { latitude: null, longitude: null, city: '杭州' },
    });
    expect(moved).toMatchObject({ status: 200, body: { latitude: null, longitude: null, city: '杭州' } });
    expect((await scene.call('GET', url)).body).toEqual(moved.body);
    expect((await scene.call('DELETE', url, { as: 'admin', ifMatch: String(moved.headers['etag']) })).status).toBe(204);
  });

  it('are listed by country', async () => {
    await create('LON-1', { country: 'GB', city: 'London' });
    const { items, total } = bodyOf(pageOf(Store), await scene.call('GET', '/v1/stores?country=GB'));
    expect(items.map(({ code }) => code)).toEqual(['LON-1']);
    expect(total).toBe(1);
  });

  it('that were kept with a country that there is not are read, and keep it until another is named', async () => {
    const { id } = bodyOf(Store, await create('OLD-1'));
    await sql`UPDATE catalog.store SET country = 'XX' WHERE id = ${id}`.execute(scene.database.db);
    const read = await scene.call('GET', `/v1/stores/${id}`);
    expect(read).toMatchObject({ status: 200, body: { country: 'XX' } });
    const change = (more: object) =>
      scene.call('PATCH', `/v1/stores/${id}`, { as: 'admin', body: more, ifMatch: String(read.headers['etag']) });
    expect((await change({ country: 'ZZ' })).status).toBe(400);
    expect(await change({ name: 'Renamed' })).toMatchObject({ status: 200, body: { country: 'XX' } });
  });

  it.each([
    ['a code that is taken', 'TAKEN', {}, 409],
    ['a country that is no code', 'BAD', { country: 'uk' }, 400],
    ['a country that there is not', 'BAD', { country: 'XX' }, 400],
    ['a latitude off the globe', 'BAD', { latitude: 91 }, 400],
    ['a field of its own making', 'BAD', { manager: 'x' }, 400],
    ['a zone that nobody knows', 'BAD', { openingHours: { ...hours, timeZone: 'Mars/Olympus' } }, 400],
    ['an opening at half past never', 'BAD', { openingHours: { ...hours, weekly: [{ day: 1, opens: '25:30', closes: '26:00' }] } }, 400],
    ['a holiday on no day', 'BAD', { openingHours: { ...hours, exceptions: [{ date: '2026-02-30', periods: [] }] } }, 400],
    ['a holiday twice', 'BAD', { openingHours: { ...hours, exceptions: [newYear, newYear] } }, 400],
  ])('refuse %s', async (_what, code, more, status) => {
    if (status === 409) await create(code);
    expect((await create(code, more)).status).toBe(status);
  });
});

describe('opening hours', () => {
  it('are kept as they are written, changed and taken away', async () => {
    const created = await create('HRS-1', { openingHours: hours });
    const { id } = bodyOf(Store, created);
    expect(created.body).toMatchObject({ openingHours: hours });
    const askedAt = (at: string) => scene.call('GET', `/v1/stores/${id}/opening?at=${at}`);
    expect(await askedAt('2026-12-25T03:00:00Z')).toMatchObject({
      status: 200,
      body: { isOpen: true, closesAt: '2026-12-25T14:00:00.000Z', opensAt: '2027-01-08T02:00:00.000Z' },
    });
    expect(await askedAt('2026-02-30T03:00:00Z')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await scene.call('GET', `/v1/stores/${id}/opening`)).toMatchObject({ status: 200 });
    const gone = await scene.call('PATCH', `/v1/stores/${id}`, {
      as: 'admin',
      ifMatch: String(created.headers['etag']),
      body: { openingHours: null },
    });
    expect(gone).toMatchObject({ status: 200, body: { openingHours: null } });
    expect(await scene.call('GET', `/v1/stores/${id}/opening`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});
