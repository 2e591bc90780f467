import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { Notice, Preview, Suppression, Template } from '#contracts/notification.ts';
import { pageOf } from '#contracts/values.ts';
import { signatureOf } from '#platform/webhooks/signature.ts';

import { bodyOf } from '../testing/http.ts';
import { handleEvents } from './consume/handle.ts';
import { SIGNATURE_HEADER } from './suppressions/bounce-routes.ts';
import { eventOf, messageOf, openScene, type Scene } from './testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const tell = async (orderId: string, type: Parameters<typeof eventOf>[0] = 'madeinworld.order.confirmed.v1') =>
  handleEvents(scene.deps, [messageOf(eventOf(type, orderId))], new AbortController().signal);

/** Tells of a bounce as the provider would. */
function bounce(body: object | string, header?: string, nowMs = Date.now()) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = header ?? signatureOf(scene.webhookSecret, Buffer.from(text), nowMs);
  return scene.call('POST', '/v1/notifications/bounces', {
    body: JSON.parse(text),
    headers: signature === '' ? {} : { [SIGNATURE_HEADER]: signature },
  });
}

it('lists notices by state and type, page by page, to support and administrators alone', async () => {
  const { orderId } = await scene.buyer();
  await tell(orderId);
  await tell(orderId, 'madeinworld.order.shipped.v1');
  await tell(orderId, 'madeinworld.order.delivered.v1');
  const list = async (query: string) => bodyOf(pageOf(Notice), await scene.call('GET', `/v1/notifications?${query}`, { as: 'support' }));
  const first = await list('limit=2');
  expect(first).toMatchObject({ total: 3, pageInfo: { hasNextPage: true } });
  const second = await list(`limit=2&cursor=${first.pageInfo.nextCursor}`);
  const all = [...first.items, ...second.items];
  expect(all.map(({ template }) => template)).toEqual(['order-delivered', 'order-shipped', 'order-confirmed']);
  expect((await list('state=suppressed')).items.map(({ errorCode }) => errorCode)).toEqual(['no_consent']);
  expect((await list('type=madeinworld.order.shipped.v1')).items).toEqual([all[1]]);
  const one = await scene.call('GET', `/v1/notifications/${all[0]?.id}`, { as: 'admin' });
  expect(one.body).toEqual(all[0]);
  for (const as of ['customer', 'catalogue', 'warehouse', 'operator'] as const) {
    expect((await scene.call('GET', '/v1/notifications', { as })).status).toBe(403);
  }
  expect((await scene.call('GET', '/v1/notifications')).status).toBe(401);
  const missing = '/v1/notifications/00000000-0000-4000-8000-000000000000';
  expect((await scene.call('GET', missing, { as: 'admin' })).status).toBe(404);
  expect((await scene.call('POST', `${missing}/retry`, { as: 'admin', idempotencyKey: randomUUID() })).status).toBe(404);
});

it('shows templates, and what they make of an example', async () => {
  const all = bodyOf(pageOf(Template), await scene.call('GET', '/v1/templates', { as: 'support' }));
  expect(all.items.map(({ name }) => name)).toContain('order-confirmed');
  const preview = (name: string, language: string) =>
    scene.call('POST', `/v1/templates/${name}/preview`, { as: 'support', body: { language } });
  for (const { name } of all.items) {
    const [en, zh] = [bodyOf(Preview, await preview(name, 'en')), bodyOf(Preview, await preview(name, 'zh'))];
    expect(en.text).toContain('Hello Ada Lovelace,');
    expect(zh.text).toContain('Ada Lovelace，您好：');
    // What is marketing is told by mail alone.
    const texts = name === 'order-delivered' ? null : expect.stringMatching(name === 'export-asked' ? /copy|副本/ : /W-2026-100001/);
    expect([en.sms, zh.sms]).toEqual([texts, texts]);
  }
  expect((await preview('no-such', 'en')).status).toBe(404);
  expect((await preview('order-confirmed', 'fr')).status).toBe(400);
  expect((await scene.call('GET', '/v1/templates', { as: 'customer' })).status).toBe(403);
});

it('suppresses an address that bounced, until an administrator lifts it', async () => {
  const { email, orderId } = await scene.buyer();
  const told = { address: email, reason: 'hard_bounce', at: '2026-03-01T09:32:00Z' };
  expect((await bounce(told)).status).toBe(204);
  // Told again, or late, it is no news.
  expect((await bounce({ ...told, reason: 'complaint', at: '2026-02-01T09:32:00Z' })).status).toBe(204);
  await tell(orderId);
  expect(await scene.sink.mailsTo(email)).toEqual([]);
  const list = bodyOf(pageOf(Suppression), await scene.call('GET', '/v1/notifications/suppressions', { as: 'admin' }));
  expect(list.items).toMatchObject([{ reason: 'hard_bounce', at: '2026-03-01T09:32:00.000000Z' }]);
  const search = (address: string) => scene.call('POST', '/v1/notifications/suppressions/search', { as: 'admin', body: { address } });
  const found = bodyOf(Suppression, await search(email.toUpperCase()));
  expect(found).toEqual(list.items[0]);
  const url = `/v1/notifications/suppressions/${found.id}`;
  expect((await scene.call('DELETE', url, { as: 'support' })).status).toBe(403);
  expect((await scene.call('DELETE', url, { as: 'admin' })).status).toBe(204);
  expect((await scene.call('DELETE', url, { as: 'admin' })).status).toBe(404);
  expect((await search(email)).status).toBe(404);
  await tell(orderId, 'madeinworld.order.shipped.v1');
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
});

it('suppresses a telephone number as it does an address', async () => {
  const told = { address: '+8613912345678', reason: 'complaint', at: '2026-03-01T09:32:00Z' };
  expect((await bounce(told)).status).toBe(204);
  const search = (address: string) => scene.call('POST', '/v1/notifications/suppressions/search', { as: 'admin', body: { address } });
  expect(await search(told.address)).toMatchObject({ status: 200, body: { reason: 'complaint' } });
  expect((await search('+8613912345679')).status).toBe(404);
  for (const address of ['13912345678', '+0391234567', '+8613912345678 ', '+12'])
    expect((await bounce({ ...told, address })).status).toBe(400);
});

it('believes nobody who has not signed what they tell', async () => {
  const told = { address: 'eve@planted.example', reason: 'complaint', at: '2026-03-01T09:32:00Z' };
  const other = signatureOf(scene.webhookSecret, Buffer.from('{}'), Date.now());
  const stranger = signatureOf('x'.repeat(64), Buffer.from(JSON.stringify(told)), Date.now());
  expect(await bounce(told, '')).toMatchObject({ status: 401, body: { code: 'signature_missing' } });
  for (const header of [other, stranger, 'v1=00'])
    expect(await bounce(told, header)).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
  expect(await bounce(told, undefined, Date.now() - 600_000)).toMatchObject({ status: 401, body: { code: 'signature_clock' } });
  expect(await bounce({ ...told, at: '2026-02-30T09:32:00Z' })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  expect(await bounce({ ...told, address: 'nobody' })).toMatchObject({ status: 400 });
  const { body } = await scene.call('POST', '/v1/notifications/suppressions/search', { as: 'admin', body: { address: told.address } });
  expect(body).toMatchObject({ code: 'not_found' });
  for (const line of scene.lines) expect(line).not.toContain('planted.example');
});
