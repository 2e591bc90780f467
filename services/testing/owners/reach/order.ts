import { Payment } from '#contracts/order.ts';
import { SIGNATURE_HEADER } from '#order/payments/wire.ts';
import { home } from '#order/testing/shop.ts';

import { bodyOf } from '../../http.ts';
import { callOf } from '../../planted/life.ts';
import { cartOf, orderOf, type Aimed, type Owner } from '../belongings.ts';
import { hidden, idempotencyKey, signed, theirs, type Owned, type Reach } from './kinds.ts';

/** A request at a cart, of an account and of a guest. */
const cart = (owner: number, aim: (cart: Awaited<ReturnType<typeof cartOf>>, whose: Owner) => Omit<Aimed, 'ownerHeaders'>): Owned => {
  const at = async (whose: Owner, of: 'account' | 'guest'): Promise<Aimed> => {
    const made = await cartOf(whose, of);
    return { ...aim(made, whose), ownerHeaders: made.ownerHeaders };
  };
  return { aim: (whose) => at(whose, 'account'), aimAtGuest: (whose) => at(whose, 'guest'), owner, ...hidden };
};

/** A request at an order, of an account and of a guest. */
const order = (owner: number, state: 'pending' | 'paid', aim: (url: string) => Omit<Aimed, 'ownerHeaders'>): Owned => {
  const at = async (whose: Owner, of: 'account' | 'guest'): Promise<Aimed> => {
    const made = await orderOf(whose, of, state);
    return { ...aim(made.url), ownerHeaders: made.ownerHeaders };
  };
  const sees = ['support', 'warehouse', 'admin'] as const;
  return { aim: (whose) => at(whose, 'account'), aimAtGuest: (whose) => at(whose, 'guest'), owner, ...hidden, sees };
};

export const orderReach: Readonly<Record<string, Reach>> = {
  'order createCart': 'shared',
  'order getCart': cart(200, ({ url }) => ({ url })),
  'order putCartLines': cart(200, ({ url, etag }, { productId }) => ({
    url: `${url}/lines`,
    headers: { 'if-match': etag },
    body: { lines: [{ productId, quantity: 3 }] },
  })),
  'order changeCartLine': cart(200, ({ url, etag }, { productId }) => ({
    url: `${url}/lines/${productId}`,
    headers: { 'if-match': etag },
    body: { quantity: 3 },
  })),
  'order removeCartLine': cart(200, ({ url, etag }, { productId }) => ({
    url: `${url}/lines/${productId}`,
    headers: { 'if-match': etag },
  })),
  'order deleteCart': cart(204, ({ url, etag }) => ({ url, headers: { 'if-match': etag } })),
  // Whoever signs in with a guest's cart makes it theirs, by its token.
  'order claimCart': {
    aim: async (whose) => {
      const { url, ownerHeaders } = await cartOf(whose, 'guest');
      return { url: `${url}/claim`, ownerHeaders: { ...whose.person.headers, ...ownerHeaders } };
    },
    owner: 200,
    ...hidden,
  },
  'order checkOut': cart(201, ({ id, total }) => ({
    url: '/v1/checkouts',
    headers: idempotencyKey(),
    body: { cartId: id, shipTo: home, expectedTotal: total },
  })),
  'order listOrders': {
    ...theirs('/v1/orders', 200, { having: (whose) => orderOf(whose, 'account') }),
    sees: ['support', 'warehouse', 'admin'],
  },
  'order getOrder': order(200, 'pending', (url) => ({ url })),
  'order cancelOrder': order(200, 'pending', (url) => ({ url: `${url}/cancellation` })),
  'order payOrder': order(201, 'pending', (url) => ({ url: `${url}/payments`, headers: idempotencyKey(), body: { method: 'card-ok' } })),
  'order getInvoice': order(200, 'paid', (url) => ({ url: `${url}/invoice` })),
  'order listCreditNotes': order(200, 'paid', (url) => ({ url: `${url}/credit-notes` })),
  'order receivePaymentCallback': {
    aim: async (whose) => {
      const { url, ownerHeaders } = await orderOf(whose, 'account');
      const paying = { headers: { ...ownerHeaders, ...idempotencyKey() }, body: { method: 'card-slow-ok' } };
      const { id } = bodyOf(Payment, await callOf(whose.every, 'order')('POST', `${url}/payments`, paying));
      const body = { paymentId: id, outcome: 'captured' };
      return signed('/v1/payments/callbacks', SIGNATURE_HEADER, whose.every.signingSecrets.payments, body);
    },
    owner: 204,
    others: 401,
    nobody: 401,
  },
};
