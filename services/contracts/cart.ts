import { Type, type Static } from 'typebox';

import { Country } from './country.ts';
import { Currency } from './currency.ts';
import { closed, Instant, Money, orNull, Uuid } from './values.ts';

/** What a cart may hold. */
export const CART_LINES_LIMIT = 100;
export const LINE_QUANTITY_LIMIT = 999;

const Quantity = Type.Integer({ minimum: 1, maximum: LINE_QUANTITY_LIMIT });

/** 256 random bits (RFC 4648, section 5). */
export const BearerToken = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });

/** What something costs, with the tax in it and where it goes: lines with their tax, delivery, and all of it. */
export const Totals = Type.Object({ net: Money, shipping: Money, tax: Money, total: Money });
export type Totals = Static<typeof Totals>;

/** `sku`, `name`, `unit` and `total` are null where the product cannot be bought now. */
export const CartLine = Type.Object({
  productId: Uuid,
  quantity: Quantity,
  sku: orNull(Type.String()),
  name: orNull(Type.String()),
  unit: orNull(Money),
  total: orNull(Money),
});
export type CartLine = Static<typeof CartLine>;

export const Cart = Type.Object({
  id: Uuid,
  state: Type.Union([Type.Literal('open'), Type.Literal('checked_out')]),
  currency: Currency,
  lines: Type.Array(CartLine, { maxItems: CART_LINES_LIMIT }),
  /** The goods as prices are shown, without what cannot be bought. */
  goods: Money,
  /** Where a country was asked for and everything can be bought: what a checkout expects. */
  totals: orNull(Totals),
  /** The order that it became. */
  orderId: orNull(Uuid),
  updatedAt: Instant,
  expiresAt: Instant,
});
export type Cart = Static<typeof Cart>;

/** `token` is answered once, to a guest: it goes into the header `cart-token`. */
export const CreatedCart = Type.Object({ ...Cart.properties, token: Type.Optional(BearerToken) });
export type CreatedCart = Static<typeof CreatedCart>;

/** Without `currency` the region's own. */
export const CartCreation = Type.Object({ currency: Type.Optional(Currency) }, closed);
export const CartQuery = Type.Object({ country: Type.Optional(Country) }, closed);

const LineWanted = Type.Object({ productId: Uuid, quantity: Quantity }, closed);
export type LineWanted = Static<typeof LineWanted>;
/** All lines of the cart, in their order. Lines of one product are one line. */
export const CartLines = Type.Object({ lines: Type.Array(LineWanted, { maxItems: CART_LINES_LIMIT }) }, closed);
export const LineChange = Type.Object({ quantity: Quantity }, closed);
