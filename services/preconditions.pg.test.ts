/**
 * Goal: nobody writes over what they have not seen, and what makes money, stock or messages is not made twice because an answer was lost: a route that wants If-Match or
 * Idempotency-Key refuses a request without it, and one of another version.
 * Method: every route that declares such a header, at things that are there, by somebody who may. A PUT, PATCH or DELETE that wants no version stands in the table with the
 * reason. Planted once each: a header that is declared and not asked for, and a version that is read and not compared.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { DeclaredRoute } from '#platform/routes/enforce.ts';

import { buildDeclaredApps } from './testing/declared-apps.ts';
import { settle } from './testing/fuzz/known.ts';
import type { Answer } from './testing/http.ts';
import { signInWithRole } from './testing/owners/people.ts';
import { ONLINE_STORE, openShop, type OpenShop } from './testing/owners/shop.ts';
import { callOf, done } from './testing/planted/life.ts';
import { silentLog } from './testing/region-database.ts';

/** What writes without a version, and why that harms nobody. */
const withoutVersion: Readonly<Record<string, string>> = {
  'auth removeFactor': 'is there or has gone',
  'auth resetFactors': 'what has gone stays so',
  'auth removeContact': 'is there or has gone',
  'auth changeAccount': 'each field is set by itself, to a value that the request names',
  'auth endSession': 'what has ended stays so',
  'auth endOtherSessions': 'what has ended stays so',
  'inventory putInventorySettings': 'one field, set to what the request names',
  'notification liftSuppression': 'is there or has gone',
  'user putMyConsents': 'each is written down as it was given, and none is changed',
  'user endMyLink': 'what has ended stays so',
};
/** In place of the example, which is what is there already: that is no change, whatever version is named. */
const otherBodies: Readonly<Record<string, object>> = { changeCartLine: { quantity: 5 } };
/** Makes what is not there, and wants a version of what is. */
const mayBeNew = ['catalog putTranslation', 'catalog putVariant'];

const declared = Object.entries(await buildDeclaredApps()).flatMap(([service, app]) =>
  (app.operations ?? []).map((route) => ({ service, route, name: `${service} ${route.operation.id}` })),
);
const needing = (header: string) => declared.filter(({ route }) => (route.operation.needs ?? []).some((needed) => needed === header));
const versioned = [...needing('if-match'), ...declared.filter(({ name }) => mayBeNew.includes(name))];

let shop: OpenShop;
let headers: Readonly<Record<string, string>>;
/** By the part of a path that comes before them. */
let ids: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  shop = await openShop(silentLog);
  const staff = await signInWithRole(shop.every, shop.database, 'staff@versions.example', 'admin');
  const { owner, known } = await settle(shop, staff, 'admin');
  const [product = ''] = known.ids['products'] ?? [];
  headers = owner.person.headers;
  ids = { ...known.ids, [ONLINE_STORE]: [product], translations: ['zh'] };
  const catalog = callOf(shop.every, 'catalog');
  done(await catalog('PUT', `/v1/products/${product}/translations/zh`, { headers, body: { name: '灯笼' } }));
  const parentId = await shop.stock('VERSIONS-PARENT');
  done(await catalog('PUT', `/v1/products/${product}/variant`, { headers, body: { parentId, options: { size: 'S' } } }));
}, 120_000);
afterAll(() => shop.close());

/** The example of a route, at what is there. */
function send(
  service: string,
  { method, url, operation: { id, example } }: DeclaredRoute,
  more: Readonly<Record<string, string>>,
): Promise<Answer> {
  const path = url.split('/').reduce((before, part) => {
    const kind = before.slice(before.lastIndexOf('/') + 1);
    return `${before}/${part.startsWith(':') ? (ids[kind]?.[0] ?? randomUUID()) : part}`;
  });
  const sent = otherBodies[id] ?? example.body;
  const body = sent === undefined ? {} : { body: sent };
  return callOf(shop.every, service)(method as 'GET', path, { ...body, headers: { ...headers, ...more } });
}

it('every PUT, PATCH and DELETE wants If-Match, or it is said why not', () => {
  const writes = declared.filter(({ route: { method } }) => ['PUT', 'PATCH', 'DELETE'].includes(method));
  const free = writes.filter((one) => !versioned.includes(one)).map(({ name }) => name);
  expect(free.toSorted()).toEqual(Object.keys(withoutVersion).toSorted());
});

describe.each(versioned)('$name', ({ service, route }) => {
  it('wants a version, and the one that is there', async () => {
    for (const none of [{}, { 'if-match': '*' }]) {
      expect(await send(service, route, none)).toMatchObject({ status: 428, body: { code: 'if_match_required' } });
    }
    for (const tag of ['"999-world#9"', '"999"', 'W/"1"', 'no tag']) {
      expect(await send(service, route, { 'if-match': tag })).toMatchObject({ status: 412, body: { code: 'stale' } });
    }
  });
});

describe.each(needing('idempotency-key'))('$name', ({ service, route }) => {
  it('wants a key', async () => {
    expect(await send(service, route, {})).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
    const tooLong = await send(service, route, { 'idempotency-key': 'k'.repeat(256) });
    expect(tooLong).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });
});
