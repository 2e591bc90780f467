/**
 * Goal: what a product costs is what counts here and now, the same to who looks and to who buys; what is to come is told to staff alone.
 * Method: the answers and the quote against a model, over random prices that overlap as those of two regions may. Planted once each: an end that is part of its
 * period, the first to begin instead of the last, another region's price, a price to come that everybody sees, and overlaps that are taken.
 */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Price, PriceList } from '#contracts/catalog-content.ts';
import { Product, ProductPage } from '#contracts/catalog.ts';
import { priceIdOf, productIdOf } from '#contracts/ids.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let orders: pg.Client;
let owner: pg.Client;
beforeAll(async () => {
  scene = await openScene();
  [orders, owner] = [new pg.Client(scene.urls.roles.orders), new pg.Client(scene.urls.url)];
  await Promise.all([orders.connect(), owner.connect()]);
});
afterAll(async () => {
  await Promise.all([orders.end(), owner.end()]);
  await scene.close();
});

const staff = { as: 'catalogue' } as const;
const money = (amountMinor: number, currency = 'GBP') => ({ amountMinor, currency });
const urlOf = (sku: string) => `/v1/products/${productIdOf(sku)}`;
const create = async (sku: string, more: object = {}) =>
  bodyOf(
    Product,
    await scene.call('POST', '/v1/products', { ...staff, body: { sku, name: `Product ${sku}`, price: money(100), ...more } }),
  );
const add = (sku: string, body: object) => scene.call('POST', `${urlOf(sku)}/prices`, { ...staff, body: { region: 'world', ...body } });
const read = async (sku: string, currency?: string) =>
  bodyOf(Product, await scene.call('GET', `${urlOf(sku)}${currency === undefined ? '' : `?currency=${currency}`}`));
const quote = async (sku: string, currency: string, at: string): Promise<number | null> => {
  const { rows } = await orders.query('SELECT unit_minor FROM catalog.quote($1, $2, $3)', [[productIdOf(sku)], currency, at]);
  return rows.length === 0 ? null : Number(rows[0].unit_minor);
};
const [past, soon, later] = ['2020-01-01T00:00:00Z', '2199-01-01T00:00:00Z', '2199-02-01T00:00:00Z'];
const now = () => new Date().toISOString();

describe('the price that counts', () => {
  it('is the list price, until a price of this region and currency is valid', async () => {
    await create('NOW1');
    expect(await read('NOW1')).toMatchObject({ price: money(100), currentPrice: money(100) });
    expect(await read('NOW1', 'EUR')).toMatchObject({ price: money(100), currentPrice: null });
    for (const body of [
      { price: money(80) },
      { price: money(120, 'EUR'), validFrom: past },
      { price: money(70, 'USD'), validFrom: soon },
      { price: money(1), region: 'china', validFrom: past },
      { price: money(2, 'CNY'), region: 'china', validFrom: past },
      { price: money(3, 'CAD'), validFrom: past, validTo: '2020-02-01T00:00:00Z' },
    ]) {
      expect((await add('NOW1', body)).status, JSON.stringify(body)).toBe(201);
    }
    for (const [currency, expected] of [
      ['GBP', 80],
      ['EUR', 120],
      ['USD', null],
      ['CNY', null],
      ['CAD', null],
    ] as const) {
      const product = await read('NOW1', currency);
      expect(product.currentPrice).toEqual(expected === null ? null : money(expected, currency));
      expect(product.price).toEqual(money(100));
      expect(await quote('NOW1', currency, now())).toBe(expected);
    }
  });

  it('is what lists, facets and their bounds speak of', async () => {
    await create('BAND1');
    await add('BAND1', { price: money(4_000) });
    const find = async (query: string) => bodyOf(ProductPage, await scene.call('GET', `/v1/products?q=BAND1&${query}`));
    expect((await find('currency=GBP&minPriceMinor=4000&maxPriceMinor=4000')).items).toMatchObject([{ currentPrice: money(4_000) }]);
    expect((await find('currency=GBP&maxPriceMinor=3999')).total).toBe(0);
    expect((await find('currency=EUR')).total).toBe(0);
    expect((await find('facets=true')).facets?.prices).toEqual([{ currency: 'GBP', fromMinor: 2_000, toMinor: 5_000, count: 1 }]);
  });

  it('is that of the model at every instant, however prices overlap', async () => {
    const minute = (n: number): string => `2030-01-01T00:${String(n).padStart(2, '0')}:00Z`;
    const period = fc.record({
      region: fc.constantFrom('world', 'china'),
      currency: fc.constantFrom('GBP', 'EUR'),
      from: fc.integer({ min: 0, max: 9 }),
      length: fc.option(fc.integer({ min: 1, max: 6 })),
      minor: fc.integer({ min: 0, max: 1_000 }),
    });
    let run = 0;
    // As they come from another region, which the refusal of overlaps is no part of.
    await owner.query('ALTER TABLE catalog.price DISABLE TRIGGER no_overlap');
    const keyOf = (p: { region: string; currency: string; from: number }) => `${p.region}/${p.currency}/${p.from}`;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(period, { maxLength: 8, selector: keyOf }), fc.integer({ min: 0, max: 16 }), async (periods, at) => {
        run += 1;
        const { id } = await create(`MODEL${run}`);
        for (const { region, currency, from, length, minor } of periods) {
          await owner.query(
            'INSERT INTO catalog.price (id, product_id, region, currency, amount_minor, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5, $6, $7)',
            [
              priceIdOf(id, region, currency, minute(from)),
              id,
              region,
              currency,
              minor,
              minute(from),
              length === null ? null : minute(from + length),
            ],
          );
        }
        for (const currency of ['GBP', 'EUR']) {
          const valid = periods.filter(
            (p) => p.region === 'world' && p.currency === currency && p.from <= at && (p.length === null || at < p.from + p.length),
          );
          const last = valid.toSorted((a, b) => b.from - a.from)[0];
          expect(await quote(`MODEL${run}`, currency, minute(at))).toBe(last?.minor ?? (currency === 'GBP' ? 100 : null));
        }
      }),
      { numRuns: 60 },
    );
    await owner.query('ALTER TABLE catalog.price ENABLE TRIGGER no_overlap');
  }, 60_000);
});

describe('a price', () => {
  it('has an id of what names it, is changed by who has seen it, and deleted', async () => {
    const { id: productId, stamp } = await create('EDIT1');
    const created = await add('EDIT1', { price: money(90), validFrom: '2030-01-01T00:00:00.5Z' });
    const price = bodyOf(Price, created);
    expect(price).toMatchObject({
      id: priceIdOf(productId, 'world', 'GBP', '2030-01-01T00:00:00.500000Z'),
      validFrom: '2030-01-01T00:00:00.500000Z',
      validTo: null,
    });
    const url = `/v1/prices/${price.id}`;
    const ifMatch = String(created.headers['etag']);
    expect((await scene.call('PATCH', url, { ...staff, body: { amountMinor: 80 } })).status).toBe(428);
    const changed = await scene.call('PATCH', url, { ...staff, ifMatch, body: { amountMinor: 80, validTo: soon } });
    expect(changed.body).toMatchObject({ price: money(80), validTo: '2199-01-01T00:00:00.000000Z' });
    expect((await scene.call('PATCH', url, { ...staff, ifMatch, body: { amountMinor: 70 } })).status).toBe(412);
    expect(await scene.call('PATCH', url, { ...staff, ifMatch: String(changed.headers['etag']), body: { validTo: past } })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'validTo' }] },
    });
    expect((await read('EDIT1')).stamp).toEqual(stamp);
    expect((await scene.call('DELETE', url, { ...staff, ifMatch: String(changed.headers['etag']) })).status).toBe(204);
    expect((await scene.call('PATCH', url, { ...staff, ifMatch, body: { amountMinor: 70 } })).status).toBe(404);
  });

  it('does not overlap another of its region and currency, and may follow it', async () => {
    await create('LAP1');
    const first = await add('LAP1', { price: money(1), validFrom: soon, validTo: later });
    expect(first.status).toBe(201);
    for (const [body, status, code] of [
      [{ validFrom: '2199-01-15T00:00:00Z' }, 409, 'price_overlaps'],
      [{ validFrom: past }, 409, 'price_overlaps'],
      [{ validFrom: past, validTo: '2199-01-01T00:00:00.000001Z' }, 409, 'price_overlaps'],
      [{ validFrom: soon, validTo: later }, 409, 'already_exists'],
      [{ validFrom: later }, 201, undefined],
      [{ validFrom: past, validTo: soon }, 201, undefined],
      [{ validFrom: soon, price: money(1, 'EUR') }, 201, undefined],
      [{ validFrom: soon, region: 'china' }, 201, undefined],
    ] as const) {
      const answer = await add('LAP1', { price: money(1), ...body });
      expect(answer.status, JSON.stringify(body)).toBe(status);
      if (code !== undefined) expect(answer.body).toMatchObject({ code });
    }
    const change = { ...staff, ifMatch: String(first.headers['etag']), body: { validTo: null } };
    expect(await scene.call('PATCH', `/v1/prices/${bodyOf(Price, first).id}`, change)).toMatchObject({
      status: 409,
      body: { code: 'price_overlaps' },
    });
  });

  it('is one of those that are written at once, where they overlap', async () => {
    await create('RACE1');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => add('RACE1', { price: money(n), validFrom: `2030-01-0${n + 1}T00:00:00Z` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('to come or gone by is told to staff alone', async () => {
    await create('TELL1');
    await add('TELL1', { price: money(5), validFrom: past, validTo: '2020-02-01T00:00:00Z' });
    await add('TELL1', { price: money(6), validFrom: '2020-02-01T00:00:00Z', validTo: soon });
    await add('TELL1', { price: money(7), validFrom: soon });
    await add('TELL1', { price: money(8, 'CNY'), region: 'china', validFrom: past });
    const seen = async (as?: 'catalogue' | 'customer' | 'support') =>
      bodyOf(PriceList, await scene.call('GET', `${urlOf('TELL1')}/prices`, { as })).items.map(({ price }) => price.amountMinor);
    expect(await seen('catalogue')).toEqual([8, 5, 6, 7]);
    for (const as of [undefined, 'customer', 'support'] as const) expect(await seen(as), as).toEqual([8, 6]);
    expect((await scene.call('POST', `${urlOf('TELL1')}/archive`, staff)).status).toBe(200);
    expect((await scene.call('GET', `${urlOf('TELL1')}/prices`)).status).toBe(404);
  });

  it.each([
    ['an end before the beginning', { validFrom: soon, validTo: past }, 'validTo'],
    ['no time at all', { validFrom: soon, validTo: soon }, 'validTo'],
    ['a day that no calendar has', { validFrom: '2011-02-30T00:00:00Z' }, 'validFrom'],
    ['less than nothing', { price: money(-1) }, 'price.amountMinor'],
    ['a region that is none', { region: 'moon' }, 'region'],
  ])('is refused with %s', async (_what, more, field) => {
    const answer = await add('TELL1', { price: money(1), ...more });
    expect(answer).toMatchObject({ status: 400 });
    expect(JSON.stringify(answer.body)).toContain(field);
  });

  it('is of a product that is there, and goes with it', async () => {
    expect((await add('nothing', { price: money(1) })).status).toBe(404);
    await create('GONE1');
    await add('GONE1', { price: money(1) });
    const { headers } = await scene.call('GET', urlOf('GONE1'));
    expect((await scene.call('DELETE', urlOf('GONE1'), { ...staff, ifMatch: String(headers['etag']) })).status).toBe(204);
  });
});

describe('who may not', () => {
  it.each([
    ['POST', `${urlOf('TELL1')}/prices`, { region: 'world', price: money(1) }],
    ['PATCH', `/v1/prices/${productIdOf('x')}`, { amountMinor: 1 }],
    ['DELETE', `/v1/prices/${productIdOf('x')}`, undefined],
  ] as const)('%s %s: nobody, and no customer', async (method, url, body) => {
    const before = scene.published();
    const request = { body, ifMatch: '"1-world#1"' };
    expect((await scene.call(method, url, request)).status).toBe(401);
    expect((await scene.call(method, url, { ...request, as: 'customer' })).status).toBe(403);
    expect(scene.published()).toBe(before);
  });
});
