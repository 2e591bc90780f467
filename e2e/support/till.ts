import type { APIRequestContext } from '@playwright/test';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Region, Target } from '../target.ts';
import { ask } from './ask.ts';
import type { Product } from './shelf.ts';

const Settings = Type.Object({ onlineStoreId: Type.Union([Type.String(), Type.Null()]) });
const Made = Type.Object({ id: Type.String() });
const Money = Type.Object({ amountMinor: Type.Integer(), currency: Type.String() });
const NewCart = Type.Object({ id: Type.String(), token: Type.String() });
const Cart = Type.Object({ totals: Type.Object({ total: Money }) });
const Placed = Type.Object({ id: Type.String(), number: Type.String(), token: Type.String() });
const anything = Type.Unknown();

type Wanted = readonly (readonly [Product, number])[];
/** Whose refunds are all refused is `card-closed`. */
type Method = 'card-ok' | 'card-closed';

/** Orders of guests, placed and paid through the public API. */
export type Till = {
  /** Sells products, which staff (`token`) puts into stock first; answers the order. */
  readonly sell: (
    region: Region,
    token: string,
    wanted: Wanted,
    method?: Method,
  ) => Promise<{ readonly id: string; readonly number: string }>;
  /** Ends an order at the buyer's wish, which pays it back. */
  readonly cancel: (region: Region, token: string, orderId: string) => Promise<void>;
};

const home = {
  form: 'western',
  recipient: 'Ada Lovelace',
  phone: '+442079460000',
  country: 'GB',
  lines: ['12 St James’s Square'],
  city: 'London',
  region: null,
  postcode: 'SW1Y 4JH',
};

export function createTill(request: APIRequestContext, target: Target): Till {
  /** The store that orders are taken from; one is made where the region has none yet. */
  const storeOf = async (api: string, token: string): Promise<string> => {
    const { onlineStoreId } = await ask(request, 'GET', `${api}/v1/stock/settings`, Settings, { token });
    if (onlineStoreId !== null) return onlineStoreId;
    const store = { code: `E2E-${Date.now().toString(36).toUpperCase()}`, name: 'Store of the tests', city: 'London', country: 'GB' };
    const { id } = await ask(request, 'POST', `${api}/v1/stores`, Made, { token, body: store });
    await ask(request, 'PUT', `${api}/v1/stock/settings`, Settings, { token, body: { onlineStoreId: id } });
    return id;
  };

  return {
    sell: async (region, token, wanted, method = 'card-ok') => {
      const api = target.apiUrls[region];
      const lines = wanted.map(([{ id }, quantity]) => ({ productId: id, quantity }));
      await ask(request, 'POST', `${api}/v1/receipts`, anything, { token, body: { storeId: await storeOf(api, token), lines } });
      const created = await request.post(`${api}/v1/carts`, { data: { currency: 'GBP' } });
      const cart = await readCart(created);
      const cartUrl = `${api}/v1/carts/${cart.id}`;
      const owner = { 'cart-token': cart.token };
      await ask(request, 'PUT', `${cartUrl}/lines`, anything, { headers: { ...owner, 'if-match': cart.etag }, body: { lines } });
      const { totals } = await ask(request, 'GET', `${cartUrl}?country=GB`, Cart, { headers: owner });
      const checkout = { cartId: cart.id, shipTo: home, expectedTotal: totals.total };
      const {
        id,
        number,
        token: orderToken,
      } = await ask(request, 'POST', `${api}/v1/checkouts`, Placed, { headers: owner, body: checkout });
      const payer = { 'order-token': orderToken };
      await ask(request, 'POST', `${api}/v1/orders/${id}/payments`, anything, { headers: payer, body: { method } });
      return { id, number };
    },
    cancel: async (region, token, orderId) => {
      await ask(request, 'POST', `${target.apiUrls[region]}/v1/orders/${orderId}/cancellation`, anything, { token });
    },
  };
}

async function readCart(response: Awaited<ReturnType<APIRequestContext['post']>>) {
  const body: unknown = await response.json();
  return { ...Value.Parse(NewCart, body), etag: response.headers()['etag'] ?? '' };
}
