import fc from 'fast-check';
import { sql } from 'kysely';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { BulkResult, Category, Product } from '#contracts/catalog.ts';
import { pageOf } from '#contracts/values.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { roundsOf } from './bulk.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const at = (minute: number): string => `2011-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
const item = (sku: string, amountMinor: number, minute: number, more: object = { name: `Product ${sku}` }) => ({
  sku,
  price: { amountMinor, currency: 'GBP' },
  pricedAt: at(minute),
  ...more,
});

const Results = Type.Object({ results: Type.Array(BulkResult) });
const page = pageOf(Product);

async function send(items: readonly unknown[]): Promise<BulkResult[]> {
  return bodyOf(Results, await scene.call('POST', '/v1/products/bulk', { as: 'catalogue', body: { items } })).results;
}

async function productOf(sku: string): Promise<Product | undefined> {
  return bodyOf(page, await scene.call('GET', `/v1/products?sku=${sku}`)).items[0];
}

describe('a bulk import', () => {
  it('makes each change a write of its own, in order, and changes nothing the second time', async () => {
    const items = [item('B1', 1, 1), item('B2', 1, 1), item('B1', 2, 2), item('B1', 3, 2), item('B1', 4, 3), item('B2', 9, 0)];
    const results = await send(items);
    expect(results.map(({ status }) => status)).toEqual(['created', 'created', 'updated', 'unchanged', 'updated', 'unchanged']);
    const versions = [0, 2, 4].map((place) => BigInt(results[place]?.stamp?.version ?? 0));
    expect(versions).toEqual(versions.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(versions).size).toBe(3);
    const product = await productOf('B1');
    expect(product).toMatchObject({ price: { amountMinor: 4 }, pricedAt: '2011-01-01T00:03:00.000000Z' });
    expect(product?.stamp).toEqual(results[4]?.stamp);
    const outbox = () => sql<{ n: string }>`SELECT count(*) AS n FROM sync.outbox_claim(100000, 0)`.execute(scene.database.db);
    const before = (await outbox()).rows[0]?.n;
    expect((await send(items)).every(({ status }) => status === 'unchanged')).toBe(true);
    expect((await outbox()).rows[0]?.n).toBe(before);
  });

  it('answers a bad item by itself', async () => {
    const results = await send([
      item('C1', 1, 1),
      item('C2', 1, 1, {}),
      item('C3', -5, 1),
      { nonsense: true },
      'text',
      null,
      item('C4', 1, 1, { name: 'n', categoryId: '00000000-0000-5000-8000-000000000000' }),
      { ...item('C5', 1, 1), pricedAt: '2011-02-30T00:00:00Z' },
      item('C1', 2, 2, {}),
      item('C2', 2, 2),
    ]);
    expect(results.map(({ status, code }) => code ?? status)).toEqual([
      'created',
      'invalid_request',
      'invalid_request',
      'invalid_request',
      'invalid_request',
      'invalid_request',
      'reference_missing',
      'invalid_request',
      'updated',
      'created',
    ]);
    expect(results[1]?.detail).toContain('needs a name');
    expect(await productOf('C1')).toMatchObject({ price: { amountMinor: 2 } });
  });

  it('refuses a price of the future by itself, but for clocks that differ, so that it keeps out no true one', async () => {
    const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
    const [, , refused, never, ahead] = await send([
      item('G1', 1, 1),
      item('G2', 1, 1),
      { ...item('G1', 9, 1), pricedAt: inMinutes(6) },
      { ...item('G3', 9, 1), pricedAt: '9999-12-31T23:59:59Z' },
      { ...item('G2', 2, 1), pricedAt: inMinutes(4) },
    ]);
    for (const one of [refused, never]) {
      expect(one).toMatchObject({ status: 'rejected', code: 'invalid_request', detail: 'pricedAt has not come yet.' });
    }
    expect(ahead?.status).toBe('updated');
    expect(await productOf('G3')).toBeUndefined();
    expect((await send([item('G1', 2, 2)])).map(({ status }) => status)).toEqual(['updated']);
    const body = { sku: 'G4', name: 'Early', price: { amountMinor: 1, currency: 'GBP' }, pricedAt: inMinutes(6) };
    const errors = [{ field: 'pricedAt', message: 'has not come yet' }];
    expect(await scene.call('POST', '/v1/products', { as: 'catalogue', body })).toMatchObject({ status: 400, body: { errors } });
  });

  it('refuses no items, too many, and what is no list', async () => {
    for (const items of [[], Array.from({ length: 1001 }, () => item('D', 1, 1)), 'x']) {
      expect((await scene.call('POST', '/v1/products/bulk', { as: 'admin', body: { items } })).status).toBe(400);
    }
  });

  it('sets name and category along with a later price, and leaves them where it names none', async () => {
    const lamps = { slug: 'lamps', name: 'Lamps' };
    const { id: categoryId } = bodyOf(Category, await scene.call('POST', '/v1/categories', { as: 'admin', body: lamps }));
    await send([item('E1', 1, 1), item('E1', 2, 2, { name: 'Renamed', categoryId }), item('E1', 3, 3, {})]);
    expect(await productOf('E1')).toMatchObject({ name: 'Renamed', categoryId, price: { amountMinor: 3 } });
  });

  it('lets imports of the same products run at the same time', async () => {
    const skus = Array.from({ length: 40 }, (_, index) => `F${index}`);
    const mixed = (minute: number): unknown[] => skus.toSorted(() => (minute % 2 === 0 ? 1 : -1)).map((sku) => item(sku, minute, minute));
    const results = await Promise.all([1, 2, 3, 4].map((minute) => send(mixed(minute))));
    expect(results.flat().filter(({ status }) => status === 'created')).toHaveLength(skus.length);
    for (const sku of skus.slice(0, 5)) expect(await productOf(sku)).toMatchObject({ price: { amountMinor: 4 } });
  });

  it('ends as if its items had been applied one after the other', async () => {
    let run = 0;
    const change = fc.record({ product: fc.integer({ min: 0, max: 3 }), minute: fc.integer({ min: 0, max: 9 }), named: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 25 }), async (changes) => {
        run += 1;
        const items = changes.map(({ product, minute, named }, place) =>
          item(`P${run}-${product}`, place, minute, named ? { name: `n${place}` } : {}),
        );
        const model = new Map<string, { minute: number; amountMinor: number; name: string | undefined }>();
        const expected = changes.map(({ product, minute, named }, place) => {
          const held = model.get(`P${run}-${product}`);
          if (held === undefined && !named) return 'rejected';
          if (held !== undefined && minute <= held.minute) return 'unchanged';
          model.set(`P${run}-${product}`, { minute, amountMinor: place, name: named ? `n${place}` : held?.name });
          return held === undefined ? 'created' : 'updated';
        });
        expect((await send(items)).map(({ status }) => status)).toEqual(expected);
        for (const [sku, { minute, amountMinor, name }] of model) {
          expect(await productOf(sku)).toMatchObject({ name, price: { amountMinor }, pricedAt: at(minute).replace('Z', '.000000Z') });
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('rounds', () => {
  it('hold each product once, and its items in their order', () => {
    const items = fc.array(fc.record({ change: fc.record({ id: fc.constantFrom('a', 'b', 'c') }), place: fc.nat() }));
    fc.assert(
      fc.property(items, (given) => {
        const rounds = roundsOf(given);
        for (const round of rounds) expect(new Set(round.map(({ change }) => change.id)).size).toBe(round.length);
        for (const id of ['a', 'b', 'c']) {
          expect(rounds.flat().filter(({ change }) => change.id === id)).toEqual(given.filter(({ change }) => change.id === id));
        }
      }),
    );
  });
});
