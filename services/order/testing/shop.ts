import { randomUUID } from 'node:crypto';

import { Cart, CreatedCart, type LineWanted } from '#contracts/cart.ts';
import { Order, PlacedOrder } from '#contracts/order.ts';
import type { ShippingAddress } from '#contracts/shipping.ts';

import { bodyOf, type Answer, type CallOptions } from '../../testing/http.ts';
import type { Scene } from './scene.ts';

/** What buyers do, by the routes. */

export const home: ShippingAddress = {
  form: 'western',
  phone: '+442079460000',
  region: null,
  recipient: 'Ada Lovelace',
  lines: ['12 St James’s Square'],
  city: 'London',
  postcode: 'SW1Y 4JH',
  country: 'GB',
};

/** How somebody calls: with an account, or with a guest's tokens. */
export type Key = Pick<CallOptions, 'as' | 'headers'>;

export const newCustomer = (): Key => ({ as: { role: 'customer', accountId: randomUUID() } });

/** A cart with lines, with how its owner calls and what it costs at home. */
export interface FilledCart {
  readonly id: string;
  readonly key: Key;
  readonly total: Cart['goods'];
}

export async function fillCart(scene: Scene, lines: readonly LineWanted[], as: Key = {}, country = 'GB'): Promise<FilledCart> {
  const created = await scene.call('POST', '/v1/carts', { ...as, body: {} });
  const { id, token } = bodyOf(CreatedCart, created);
  const key: Key = token === undefined ? as : { ...as, headers: { 'cart-token': token } };
  const put = await scene.call('PUT', `/v1/carts/${id}/lines`, { ...key, ifMatch: String(created.headers['etag']), body: { lines } });
  if (put.status !== 200) throw new Error(JSON.stringify(put.body));
  const { totals } = bodyOf(Cart, await scene.call('GET', `/v1/carts/${id}?country=${country}`, key));
  return { id, key, total: totals?.total ?? { amountMinor: 0, currency: 'GBP' } };
}

export const checkOut = (
  scene: Scene,
  cart: FilledCart,
  more: { readonly idempotencyKey?: string; readonly body?: object } = {},
): Promise<Answer> =>
  scene.call('POST', '/v1/checkouts', {
    ...cart.key,
    idempotencyKey: more.idempotencyKey ?? randomUUID(),
    body: { cartId: cart.id, shipTo: home, expectedTotal: cart.total, ...more.body },
  });

/** An order of these lines, with how its owner calls for it. */
export async function placeOrder(
  scene: Scene,
  lines: readonly LineWanted[],
  as: Key = {},
): Promise<{ readonly order: Order; readonly key: Key; readonly url: string }> {
  const cart = await fillCart(scene, lines, as);
  const placed = bodyOf(PlacedOrder, await checkOut(scene, cart));
  const key: Key = placed.token === undefined ? as : { headers: { 'order-token': placed.token } };
  return { order: placed, key, url: `/v1/orders/${placed.id}` };
}

export const pay = (
  scene: Scene,
  placed: { readonly url: string; readonly key: Key },
  method = 'card-ok',
  idempotencyKey: string = randomUUID(),
): Promise<Answer> => scene.call('POST', `${placed.url}/payments`, { ...placed.key, idempotencyKey, body: { method } });

export const readOrder = async (scene: Scene, placed: { readonly url: string; readonly key: Key }): Promise<Order> =>
  bodyOf(Order, await scene.call('GET', placed.url, placed.key));
