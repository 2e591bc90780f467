import { Type, type Static } from 'typebox';

import { MerchantReference } from './sale.ts';
import { closed, Instant, Money, orNull, page, sortBy, Uuid } from './values.ts';

export const RefundCause = Type.Enum(['cancelled', 'too_late', 'paid_twice', 'returned', 'short_closed']);
/** `failed`: the provider refuses it for good, and the money is still owed until another refund takes its place. */
export const RefundState = Type.Enum(['requested', 'done', 'failed']);
/** Who gives the money back: the payment provider, or the merchant by another way. */
const GivenBy = Type.Enum(['provider', 'elsewhere']);

export const Refund = Type.Object({
  id: Uuid,
  orderId: Uuid,
  paymentId: Uuid,
  cause: RefundCause,
  state: RefundState,
  amount: Money,
  givenBy: GivenBy,
  /** The merchant's own number of what was paid back elsewhere. */
  reference: orNull(MerchantReference),
  /** The staff account that asked for it; null of what follows from a cancellation, a return or a late payment. */
  requestedBy: orNull(Uuid),
  /** The refund that failed and whose place this one takes. */
  retryOf: orNull(Uuid),
  /** The refund that took this one's place. */
  retriedAs: orNull(Uuid),
  createdAt: Instant,
  settledAt: orNull(Instant),
});
export type Refund = Static<typeof Refund>;

export const RefundListQuery = Type.Object(
  {
    ...page,
    sort: sortBy('createdAt'),
    state: Type.Optional(RefundState),
    /** Those that were refused and in whose place no other is yet, and those that the provider has been asked for without an answer for a quarter of an hour. */
    owed: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type RefundListQuery = Static<typeof RefundListQuery>;

/** Asks the provider once more, or writes down under which number the money went back another way. */
export const RefundRetry = Type.Union([
  Type.Object({ givenBy: Type.Literal('provider') }, closed),
  Type.Object({ givenBy: Type.Literal('elsewhere'), reference: MerchantReference }, closed),
]);
export type RefundRetry = Static<typeof RefundRetry>;
