import { Type, type Static } from 'typebox';

import { Totals } from './cart.ts';
import { KeptCountry } from './country.ts';
import { OrderLine } from './order.ts';
import { ChineseAddress, WesternAddress } from './user.ts';
import { Instant, orNull, Uuid } from './values.ts';

/** Whom it is for, as it was then: the address without the phone. */
export const Buyer = Type.Union([Type.Omit(WesternAddress, ['phone']), Type.Omit(ChineseAddress, ['phone'])]);
export type Buyer = Static<typeof Buyer>;

export const Seller = Type.Object({
  name: Type.String(),
  lines: Type.Array(Type.String()),
  city: Type.String(),
  postcode: Type.String(),
  country: KeptCountry,
  taxNumber: Type.String(),
});
export type Seller = Static<typeof Seller>;

export const InvoiceLine = Type.Omit(OrderLine, ['shipped', 'shortClosed', 'returned']);
export type InvoiceLine = Static<typeof InvoiceLine>;

export const Invoice = Type.Object({
  id: Uuid,
  number: Type.String(),
  issuedAt: Instant,
  orderId: Uuid,
  orderNumber: Type.String(),
  seller: Seller,
  /** Null once the law lets it be forgotten and it was. */
  buyer: orNull(Buyer),
  taxBasisPoints: Type.Integer(),
  lines: Type.Array(InvoiceLine),
  totals: Totals,
});
export type Invoice = Static<typeof Invoice>;
