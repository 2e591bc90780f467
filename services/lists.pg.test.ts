/**
 * Goal: every list is read page by page, in each of its orders, without a row twice or left out, though others come meanwhile; a cursor of another list is refused.
 * Method: whatever route takes a cursor, with rows made as they are in life; one more is made after each page. Planted once each: a position that is compared without the
 * row's id, a cursor whose order is not looked at, and one of a day that there is not.
 */
import { randomUUID } from 'node:crypto';

import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SIGNATURE_HEADER } from '#notification/suppressions/bounce-routes.ts';
import { signatureOf } from '#platform/webhooks/signature.ts';

import { buildDeclaredApps } from './testing/declared-apps.ts';
import { bodyOf } from './testing/http.ts';
import { moveIn, orderOf, type Owner } from './testing/owners/belongings.ts';
import { signInAs } from './testing/owners/people.ts';
import { idempotencyKey } from './testing/owners/reach/kinds.ts';
import { ONLINE_STORE, openShop, type OpenShop } from './testing/owners/shop.ts';
import { callOf, done } from './testing/planted/life.ts';
import { silentLog } from './testing/region-database.ts';

const ROWS = 4;
const Page = Type.Object({
  items: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  pageInfo: Type.Object({ nextCursor: Type.Union([Type.String(), Type.Null()]) }),
});

let shop: OpenShop;
let admin: Owner;
beforeAll(async () => {
  shop = await openShop(silentLog);
  admin = await moveIn(shop.every, shop.database, shop.productId, 'admin');
}, 120_000);
afterAll(() => shop.close());

const post = (service: string, url: string, body: object, more: Readonly<Record<string, string>> = {}) =>
  callOf(shop.every, service)('POST', url, { body, headers: { ...admin.person.headers, ...more } }).then(done);
const signInAgain = () => signInAs(shop.every, admin.person.email);
const somebody = () => moveIn(shop.every, shop.database, shop.productId);
const sku = () => `LIST-${randomUUID()}`;

/** Makes one more row of each list. */
const more: Readonly<Record<string, () => Promise<unknown>>> = {
  'auth listAccounts': somebody,
  'auth listSessions': signInAgain,
  'auth listSecurityEvents': signInAgain,
  'catalog listProducts': () => shop.stock(sku()),
  'catalog listCategories': () => post('catalog', '/v1/categories', { slug: `c-${randomUUID()}`, name: 'Lighting' }),
  'catalog listStores': () =>
    post('catalog', '/v1/stores', {
      code: randomUUID().slice(0, 8).toUpperCase(),
      name: 'Soho',
      city: 'London',
      country: 'GB',
      latitude: 51.5,
      longitude: -0.1,
    }),
  'inventory listStock': () => shop.stock(sku()),
  'inventory listStockAlerts': async () => {
    const counted = { storeId: ONLINE_STORE, lines: [{ productId: await shop.stock(sku()), counted: 0 }] };
    await post('inventory', '/v1/counts', counted, idempotencyKey());
  },
  'inventory listMovements': () =>
    post(
      'inventory',
      '/v1/receipts',
      { storeId: ONLINE_STORE, reference: sku(), lines: [{ productId: shop.productId, quantity: 1 }] },
      idempotencyKey(),
    ),
  'notification listNotifications': () =>
    shop.database.query(
      `INSERT INTO notification.notice (id, event_id, event_type, subject_id, channel, template)
       VALUES (gen_random_uuid(), gen_random_uuid(), 'madeinworld.order.confirmed.v1', $1, 'email', 'order-confirmed')`,
      [randomUUID()],
    ),
  'notification listSuppressions': () => {
    const bounce = { address: `${randomUUID()}@bounced.example`, reason: 'hard_bounce', at: new Date().toISOString() };
    const signature = signatureOf(shop.every.signingSecrets.mail, Buffer.from(JSON.stringify(bounce)), Date.now());
    return post('notification', '/v1/notifications/bounces', bounce, { [SIGNATURE_HEADER]: signature });
  },
  'order listOrders': () => orderOf(admin, 'account'),
  'order listRefunds': async () => {
    const { url } = await orderOf(admin, 'account', 'paid');
    await post('order', `${url}/cancellation`, {});
  },
  'user listUsers': somebody,
};
/** Lists of another make than the rest. */
const ways: readonly (readonly [string, string])[] = [
  ['catalog listProducts', 'q=owned'],
  ['catalog listStores', 'near=51.5,-0.1'],
];

const propertiesOf = (schema: unknown): Readonly<Record<string, { readonly anyOf?: readonly { readonly const: string }[] }>> =>
  Object(Object(schema).properties);
const lists = Object.entries(await buildDeclaredApps()).flatMap(([service, app]) =>
  (app.operations ?? []).flatMap(({ url, operation: { id, request } }) => {
    const { cursor, sort } = propertiesOf(request.querystring);
    if (cursor === undefined) return [];
    const name = `${service} ${id}`;
    const orders = [
      ...(sort?.anyOf ?? []).map((order) => `sort=${order.const}`),
      ...ways.filter(([of]) => of === name).map(([, query]) => query),
    ];
    return orders.map((order) => ({ service, name, url, order }));
  }),
);

const read = (service: string, url: string) => callOf(shop.every, service)('GET', url, { headers: admin.person.headers });
/** What an item is called, whatever the list. */
const nameOf = ({ id, accountId, storeId, productId }: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(id ?? accountId ?? [storeId, productId]);
const encoded = (held: object): string => Buffer.from(JSON.stringify(held)).toString('base64url');
const Held = Type.Object({ k: Type.String() });
/** Cursors that nobody was given, some of them made up by who knows how ours are made. */
function damaged(cursor: string): readonly string[] {
  const held = Value.Parse(Held, JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  const isOrderedByTime = /^\d{4}-\d{2}-\d{2}T/.test(held.k);
  const noTimes = isOrderedByTime ? ['2026-02-30', '9999-99-99', '0000-01-01'].map((day) => `${day}${held.k.slice(10)}`) : [];
  return [
    cursor.slice(0, -8),
    `${cursor}!`,
    `x${cursor.slice(1)}`,
    encoded({}),
    encoded({ ...held, s: 'another' }),
    ...noTimes.map((k) => encoded({ ...held, k })),
  ];
}

it('every list is tried in each of its orders', () => {
  expect([...new Set(lists.map(({ name }) => name))].toSorted()).toEqual(Object.keys(more).toSorted());
});

describe.each(lists)('$name?$order', ({ service, name, url, order }) => {
  it('is read without a row twice or left out, though others come; a cursor of another list is refused', async () => {
    for (let row = 0; row < ROWS; row += 1) await more[name]?.();
    const before = bodyOf(Page, done(await read(service, `${url}?${order}&limit=200`))).items.map(nameOf);
    const limit = Math.ceil(before.length / ROWS);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Static<typeof Page> = bodyOf(
        Page,
        done(await read(service, `${url}?${order}&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`)),
      );
      seen.push(...page.items.map(nameOf));
      ({ nextCursor: cursor } = page.pageInfo);
      for (const wrong of cursor === null ? [] : damaged(cursor)) {
        const answer = await read(service, `${url}?${order}&cursor=${encodeURIComponent(wrong)}`);
        expect(answer, wrong).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ field: 'cursor' }] } });
      }
      if (cursor !== null && seen.length <= before.length) await more[name]?.();
    }
    expect(before.length).toBeGreaterThanOrEqual(ROWS);
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.filter((one) => !seen.includes(one))).toEqual([]);
    expect(shop.every.faults()).toEqual([]);
  });
});
