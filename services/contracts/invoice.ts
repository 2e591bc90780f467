import { Type, type Static } from 'typebox';

import { Totals } from './cart.ts';
import { OrderLine } from './order.ts';
import { Country, Instant, orNull, Uuid } from './values.ts';

const Party = Type.Object({
  name: Type.String(),
  lines: Type.Array(Type.String()),
  city: Type.String(),
  postcode: Type.String(),
  country: Country,
});

/** Whom it is for, as it was then. */
export const Buyer = Party;
export type Buyer = Static<typeof Buyer>;

export const Seller = Type.Object({ ...Party.properties, taxNumber: Type.String() });
export type Seller = Static<typeof Seller>;

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
  lines: Type.Array(Type.Omit(OrderLine, ['shipped', 'returned'])),
  totals: Totals,
});
export type Invoice = Static<typeof Invoice>;
