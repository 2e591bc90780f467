import { expect, test } from 'vitest';
import { createApi } from '../api/api.ts';
import { createDataProvider } from './dataProvider.ts';
import { type SeenRequest, startTestApi, type TestReply } from '../../testing/testApi.ts';

const stamp = { version: '117', origin: 'world#1', vector: {} };
const updatedAt = '2010-12-01T08:26:00.000000Z';
const price = { amountMinor: 255, currency: 'GBP' };
const a = '2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1';
const cup = {
  id: a,
  sku: '85123A',
  state: 'published',
  name: 'Cup',
  language: 'en',
  description: null,
  categoryId: null,
  price,
  pricedAt: updatedAt,
  currentPrice: price,
  variantOf: null,
  updatedAt,
  stamp,
};
const category = { id: a, slug: 'cups', name: 'Cups', parentId: null, updatedAt, stamp };

/** The id of the record at a place of a list. */
const nth = (at: number): string => `00000000-0000-5000-8000-${String(at).padStart(12, '0')}`;
const providerAt = (url: string) => createDataProvider(createApi(url, { attempts: 1 }));
const asSeen = { ...cup, etag: '"117-world#1"' };
const list = { pagination: { page: 1, perPage: 2 }, sort: { field: 'sku', order: 'ASC' as const }, filter: {} };

/** A list of `count` products behind cursors that say nothing to who reads them. */
function listOf(count: number, record: object = cup): (request: SeenRequest) => TestReply {
  return ({ query }) => {
    const from = query['cursor'] === undefined ? 0 : Number(atob(query['cursor']));
    const limit = Math.min(Number(query['limit']), 200);
    const items = Array.from({ length: Math.max(0, Math.min(limit, count - from)) }, (_, at) => ({ ...record, id: nth(from + at) }));
    const hasNextPage = from + limit < count;
    const nextCursor = hasNextPage ? btoa(String(from + limit)) : null;
    return { status: 200, body: { items, pageInfo: { hasNextPage, hasPreviousPage: from > 0, nextCursor }, total: count } };
  };
}

test('a list is asked for with search, category and sort, and read forward and back by cursor', async () => {
  await using api = await startTestApi(listOf(5));
  const provider = providerAt(api.url);
  const filter = { q: ' cup ', categoryId: 'c1', nothing: '' };
  const sort = { field: 'updatedAt', order: 'DESC' as const };
  const pageOf = async (page: number) => provider.getList('products', { ...list, filter, sort, pagination: { page, perPage: 2 } });

  const first = await pageOf(1);
  expect(first.data.map((record) => record.id)).toEqual([nth(0), nth(1)]);
  expect(first).toMatchObject({ total: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  expect(api.seen[0]).toMatchObject({ path: '/v1/products', query: { q: 'cup', categoryId: 'c1', sort: '-updatedAt', limit: '2' } });
  expect(api.seen[0]?.query).not.toHaveProperty('nothing');

  const second = await pageOf(2);
  expect(second.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: true });
  const third = await pageOf(3);
  expect(third.data.map((record) => record.id)).toEqual([nth(4)]);
  expect(third.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
  expect((await pageOf(2)).data.map((record) => record.id)).toEqual([nth(2), nth(3)]);
  expect(api.seen).toHaveLength(4);
});

test('a page that was never reached is walked to in long steps', async () => {
  await using api = await startTestApi(listOf(1_000));
  const provider = providerAt(api.url);
  const page = await provider.getList('products', { ...list, pagination: { page: 20, perPage: 25 } });
  expect(page.data[0]).toMatchObject({ id: nth(475) });
  expect(page.data).toHaveLength(25);
  expect(api.seen.map(({ query }) => query['limit'])).toEqual(['200', '200', '75', '25']);
});

test('a page beyond the end is empty', async () => {
  await using api = await startTestApi(listOf(3));
  const provider = providerAt(api.url);
  const page = await provider.getList('products', { ...list, pagination: { page: 9, perPage: 2 } });
  expect(page).toMatchObject({ data: [], total: 3, pageInfo: { hasNextPage: false, hasPreviousPage: true } });
});

test('a list that was not counted to the end says how many there are at least, and has no last page', async () => {
  await using api = await startTestApi((request) => {
    const { body } = listOf(500)(request);
    return { status: 200, body: { ...(body as object), total: 400, moreThanTotal: true } };
  });
  const page = await providerAt(api.url).getList('products', { ...list, pagination: { page: 1, perPage: 25 } });
  expect(page).toMatchObject({ meta: { moreThan: 400 }, pageInfo: { hasNextPage: true } });
  expect(page).not.toHaveProperty('total');
});

test('a change sends only what differs, with the entity tag of what the person saw', async () => {
  const etag = '"118-world#1"';
  await using api = await startTestApi(() => ({ status: 200, body: { ...cup, stamp: { ...stamp, version: '118' } }, headers: { etag } }));
  const provider = providerAt(api.url);
  const data = { ...asSeen, price: { currency: 'GBP', amountMinor: 999 }, description: '' };
  const { data: saved } = await provider.update('products', { id: a, data, previousData: asSeen });
  expect(api.seen).toHaveLength(1);
  expect(api.seen[0]).toMatchObject({
    method: 'PATCH',
    path: '/v1/products/2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1',
    headers: { 'if-match': '"117-world#1"' },
  });
  expect(api.seen[0]?.body).toEqual({ price: { amountMinor: 999, currency: 'GBP' } });
  expect(saved).toMatchObject({ id: a, etag });
});

test('a field that was emptied is sent as null, a change that changes nothing is not sent', async () => {
  await using api = await startTestApi(() => ({ status: 200, body: cup }));
  const provider = providerAt(api.url);
  const described = { ...asSeen, description: 'Red' };
  await provider.update('products', { id: a, data: { ...described, description: '' }, previousData: described });
  expect(api.seen[0]?.body).toEqual({ description: null });
  const same = await provider.update('products', { id: a, data: { ...asSeen }, previousData: asSeen });
  expect(same.data).toBe(asSeen);
  expect(api.seen).toHaveLength(1);
});

test('a change of what was changed meanwhile is refused as stale', async () => {
  await using api = await startTestApi(() => ({
    status: 412,
    body: { status: 412, code: 'stale', title: 'It has been changed meanwhile' },
  }));
  const provider = providerAt(api.url);
  const change = provider.update('products', { id: a, data: { ...asSeen, name: 'Mug' }, previousData: asSeen });
  await expect(change).rejects.toMatchObject({ status: 412, code: 'stale', message: 'problem.stale' });
});

test('a deletion names the version it was made from', async () => {
  await using api = await startTestApi(() => ({ status: 204 }));
  const provider = providerAt(api.url);
  await provider.delete('products', { id: a, previousData: asSeen });
  expect(api.seen[0]).toMatchObject({
    method: 'DELETE',
    path: '/v1/products/2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1',
    headers: { 'if-match': '"117-world#1"' },
  });
});

test('a new record is sent without what was left empty', async () => {
  await using api = await startTestApi(() => ({ status: 201, body: cup }));
  const provider = providerAt(api.url);
  const { data } = await provider.create('products', { data: { sku: ' 85123A', name: 'Cup ', description: '', cost: null, price } });
  expect(api.seen[0]).toMatchObject({ method: 'POST', path: '/v1/products' });
  expect(api.seen[0]?.body).toEqual({ sku: '85123A', name: 'Cup', price });
  expect(data).toMatchObject({ id: a, etag: '"117-world#1"' });
});

test('errors of fields, and a key that is taken, are shown at their inputs', async () => {
  const errors = [
    { field: 'price.amountMinor', message: 'must be >= 0' },
    { field: '/name', message: 'must not be empty' },
  ];
  await using invalid = await startTestApi(() => ({ status: 400, body: { status: 400, code: 'invalid_request', title: 'No', errors } }));
  await expect(providerAt(invalid.url).create('products', { data: {} })).rejects.toMatchObject({
    body: { errors: { price: 'must be >= 0', name: 'must not be empty' } },
  });
  await using taken = await startTestApi(() => ({
    status: 409,
    body: { status: 409, code: 'already_exists', title: 'It exists already' },
  }));
  await expect(providerAt(taken.url).create('stores', { data: {} })).rejects.toMatchObject({
    body: { errors: { code: 'problem.already_exists' } },
  });
});

test('an unknown code is told in the words of the server, with the id its log knows', async () => {
  const body = { status: 400, code: 'odd', title: 'Odd', detail: 'Too odd', correlationId: 'c-1' };
  await using api = await startTestApi(() => ({ status: 400, body }));
  const provider = providerAt(api.url);
  await expect(provider.getOne('products', { id: a })).rejects.toMatchObject({ code: 'unknown', message: 'Too odd (c-1)' });
});

test('a region that does not answer is told apart from one that refuses', async () => {
  await using proxy = await startTestApi(() => ({ status: 502 }));
  await expect(providerAt(proxy.url).getOne('products', { id: a })).rejects.toMatchObject({
    code: 'unreachable',
  });
  const gone = await startTestApi(() => ({ status: 200 }));
  await gone[Symbol.asyncDispose]();
  await expect(providerAt(gone.url).getOne('products', { id: a })).rejects.toMatchObject({
    code: 'unreachable',
  });
});

test('an answer without the shape of a record is not taken for one', async () => {
  await using api = await startTestApi(() => ({ status: 200, body: { id: a, name: 'Cup' } }));
  await expect(providerAt(api.url).getOne('products', { id: a })).rejects.toMatchObject({
    code: 'not_understood',
  });
});

test('records that others refer to are read as a list when they are many; a missing one is left out', async () => {
  await using api = await startTestApi((request) =>
    request.path === '/v1/categories' ? listOf(3, category)(request) : { status: 404, body: { status: 404, code: 'not_found' } },
  );
  const provider = providerAt(api.url);
  const { data } = await provider.getMany('categories', { ids: [nth(0), nth(1), nth(2), nth(9)] });
  expect(data.map((record) => record.id)).toEqual([nth(0), nth(1), nth(2)]);
  expect(api.seen.map(({ path }) => path)).toEqual(['/v1/categories', `/v1/categories/${nth(9)}`]);
});
