import { Type, type Static } from 'typebox';

import { Totals } from './cart.ts';
import { Buyer, InvoiceLine, Seller } from './invoice.ts';
import { Instant, orNull, Uuid } from './values.ts';

/** Takes back a part of an invoice, or all of it. Amounts are what is taken back, and not negative. */
export const CreditNote = Type.Object({
  id: Uuid,
  number: Type.String(),
  issuedAt: Instant,
  /** The invoice that it takes back from. */
  invoiceNumber: Type.String(),
  orderId: Uuid,
  orderNumber: Type.String(),
  /** The return that it is for; null where the order was cancelled, or its rest was given up. */
  returnId: orNull(Uuid),
  seller: Seller,
  /** The invoice's: null once that has been forgotten. */
  buyer: orNull(Buyer),
  taxBasisPoints: Type.Integer(),
  lines: Type.Array(InvoiceLine),
  totals: Totals,
});
export type CreditNote = Static<typeof CreditNote>;

/** All of an order, the first one first: there are no more than it has units. */
export const CreditNotes = Type.Object({ items: Type.Array(CreditNote) });
export type CreditNotes = Static<typeof CreditNotes>;
