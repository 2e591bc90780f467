import { randomUUID } from 'node:crypto';

import { Type } from 'typebox';
import { Value } from 'typebox/value';

import type { AccountRole } from '#contracts/auth.ts';
import { priceExample, storeExample } from '#catalog/examples.ts';

import type { EveryApp } from '../every-app.ts';
import { bodyOf, type Call } from '../http.ts';
import { addressOf, cartOf, moveIn, orderOf, type Owner } from '../owners/belongings.ts';
import type { Person } from '../owners/people.ts';
import { ONLINE_STORE, type OpenShop } from '../owners/shop.ts';
import { callOf } from '../planted/life.ts';

/** What is there, so that a request gets to it: ids of things, their entity tags, and cursors that lists have given. */
export interface Known {
  /** By the part of a path that comes before them: `orders` of `/v1/orders/:id`. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly etags: readonly string[];
  readonly cursors: readonly string[];
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
export const uuidsIn = (value: unknown): string[] => (JSON.stringify(value) ?? '').match(UUID) ?? [];

const Made = Type.Object({ id: Type.String() });

/** Of each kind of thing in the catalogue one, made by the routes; their ids and entity tags. */
async function fillCatalogue(every: EveryApp, staff: Person, productId: string): Promise<Pick<Known, 'ids' | 'etags'>> {
  const catalog = callOf(every, 'catalog');
  const mark = randomUUID();
  const ids: Record<string, string[]> = {};
  const etags: string[] = [];
  for (const [kind, url, body] of [
    ['categories', '/v1/categories', { slug: `c-${mark}`, name: 'Lighting' }],
    ['stores', '/v1/stores', { code: mark.slice(0, 8).toUpperCase(), name: storeExample.name, city: storeExample.city, country: 'GB' }],
    ['prices', `/v1/products/${productId}/prices`, { region: 'world', price: priceExample.price, validFrom: priceExample.validFrom }],
    ['media', `/v1/products/${productId}/media`, { url: `https://media.example.com/${mark}.webp` }],
  ] as const) {
    const answer = await catalog('POST', url, { headers: staff.headers, body });
    ids[kind] = [bodyOf(Made, answer).id];
    etags.push(String(answer.headers['etag']));
  }
  return { ids, etags };
}

/** Somebody of `role` who has bought, and is about to, with all that can be named of that; and a product of their own. */
export async function settle(shop: OpenShop, staff: Person, role: AccountRole): Promise<{ owner: Owner; known: Known }> {
  const { every, database } = shop;
  // What was tried before may have chosen another.
  await database.query('UPDATE inventory.setting SET online_store_id = $1', [ONLINE_STORE]);
  const productId = await shop.stock(`FUZZ-${randomUUID()}`);
  const owner = await moveIn(every, database, productId, role);
  const { id: addressId, etag: addressTag } = await addressOf(owner);
  const paid = await orderOf(owner, 'account', 'paid');
  const pending = await orderOf(owner, 'account');
  const open = await cartOf(owner, 'account');
  const product = await callOf(every, 'catalog')('GET', `/v1/products/${productId}`);
  const catalogue = await fillCatalogue(every, staff, productId);
  return {
    owner,
    known: {
      ids: {
        ...catalogue.ids,
        products: [productId],
        lines: [productId],
        stock: [ONLINE_STORE],
        orders: [paid.id, pending.id],
        reservations: [paid.id, pending.id],
        carts: [open.id],
        addresses: [addressId],
        accounts: [owner.person.accountId],
        users: [owner.person.accountId],
      },
      etags: [addressTag, open.etag, String(product.headers['etag']), ...catalogue.etags],
      cursors: [],
    },
  };
}

const NextPage = Type.Object({ pageInfo: Type.Object({ nextCursor: Type.String() }) });

/** The cursor that a list gives after its first item, where it has one and there are two. */
export async function cursorsOf(call: Call, url: string, headers: Readonly<Record<string, string>>): Promise<string[]> {
  const { body } = await call('GET', `${url}?limit=1`, { headers });
  return Value.Check(NextPage, body) ? [body.pageInfo.nextCursor] : [];
}
