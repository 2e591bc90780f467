import { Type, type Static } from 'typebox';

import { BearerToken, LINE_QUANTITY_LIMIT, Totals } from './cart.ts';
import { MerchantReference, SaleOrigin } from './sale.ts';
import { ShippingAddress, ShippingAddressWriting } from './shipping.ts';
import { closed, Instant, Money, Name, orNull, page, sortBy, Uuid } from './values.ts';

/** The three machines of an order: docs/domain.md has their pictures. */
export const OrderState = Type.Enum(['pending', 'confirmed', 'completed', 'expired', 'cancelled']);
export type OrderState = Static<typeof OrderState>;
export const PaymentState = Type.Enum(['none', 'started', 'unknown', 'captured', 'partly_refunded', 'refunded', 'failed']);
export type PaymentState = Static<typeof PaymentState>;
export const FulfilmentState = Type.Enum([
  'none',
  'allocated',
  'partly_shipped',
  'shipped',
  'delivered',
  'partly_returned',
  'returned',
  'cancelled',
]);
export type FulfilmentState = Static<typeof FulfilmentState>;
/** An attempt to pay by itself. */
export const AttemptState = Type.Enum(['started', 'unknown', 'captured', 'failed']);
export type AttemptState = Static<typeof AttemptState>;

/**
 * `expectedTotal` is what the buyer was shown: it is sold for that, or not at all. It goes to `shipTo`, or to one of the account's addresses. Without `storeId` it
 * comes from the region's online store.
 */
export const Checkout = Type.Object(
  {
    cartId: Uuid,
    shipTo: Type.Optional(ShippingAddressWriting),
    addressId: Type.Optional(Uuid),
    storeId: Type.Optional(Uuid),
    expectedTotal: Money,
  },
  closed,
);
export type Checkout = Static<typeof Checkout>;

const Units = Type.Integer({ minimum: 0, maximum: LINE_QUANTITY_LIMIT });

/** Copies of what was agreed. Tax is the line's, rounded once. */
export const OrderLine = Type.Object({
  productId: Uuid,
  sku: Type.String(),
  name: Type.String(),
  unit: Money,
  quantity: Units,
  net: Money,
  tax: Money,
  total: Money,
  shipped: Units,
  /** Given up: they will not be shipped any more. */
  shortClosed: Units,
  returned: Units,
});
export type OrderLine = Static<typeof OrderLine>;

/** `refunded` is what has been asked back of it, done or under way. */
export const Payment = Type.Object({ id: Uuid, state: AttemptState, amount: Money, refunded: Money, createdAt: Instant });
export type Payment = Static<typeof Payment>;

/** A method's token, which the buyer's browser got from the provider. It is used once and kept nowhere. */
export const PaymentStart = Type.Object(
  {
    method: Type.String({
      description: 'the token of the provider for a method: letters, digits, _ and -',
      pattern: '^[A-Za-z0-9_-]{1,100}$',
    }),
  },
  closed,
);

const LineUnits = Type.Object({ productId: Uuid, quantity: Type.Integer({ minimum: 1, maximum: LINE_QUANTITY_LIMIT }) }, closed);
export type LineUnits = Static<typeof LineUnits>;

export const Shipment = Type.Object({
  id: Uuid,
  lines: Type.Array(LineUnits),
  carrier: orNull(Type.String()),
  trackingCode: orNull(Type.String()),
  shippedAt: Instant,
  deliveredAt: orNull(Instant),
});
export type Shipment = Static<typeof Shipment>;

export const ShipmentCreation = Type.Object(
  {
    lines: Type.Array(LineUnits, { minItems: 1, maxItems: 100 }),
    carrier: Type.Optional(Name),
    trackingCode: Type.Optional(Type.String({ description: 'a code of letters, digits and hyphens', pattern: '^[A-Za-z0-9-]{1,64}$' })),
  },
  closed,
);
export type ShipmentCreation = Static<typeof ShipmentCreation>;

const ReturnedUnits = Type.Object({ ...LineUnits.properties, resellable: Type.Boolean() }, closed);
export type ReturnedUnits = Static<typeof ReturnedUnits>;

/**
 * What has come back. `resellable` units are put into the stock of `storeId`, or of where they came from (the online store, where that has closed).
 * `reference` is the merchant's own number: of one order it is taken back once, however often it is sent.
 */
export const ReturnCreation = Type.Object(
  {
    lines: Type.Array(ReturnedUnits, { minItems: 1, maxItems: 100 }),
    storeId: Type.Optional(Uuid),
    reference: Type.Optional(MerchantReference),
  },
  closed,
);
export type ReturnCreation = Static<typeof ReturnCreation>;

export const Return = Type.Object({
  id: Uuid,
  lines: Type.Array(ReturnedUnits),
  refund: Money,
  reference: orNull(MerchantReference),
  createdAt: Instant,
});
export type Return = Static<typeof Return>;

/**
 * Why the rest of an order will not come. What is `lost`, `damaged` or `out_of_stock` (it is in the books, and not on the shelf) leaves stock; what is `withdrawn` is there, may not or need not be sent, and can
 * be sold again.
 */
export const ShortCloseReason = Type.Enum(['lost', 'damaged', 'out_of_stock', 'withdrawn']);
export type ShortCloseReason = Static<typeof ShortCloseReason>;

/** Gives up whatever is allocated and not shipped; what can still be shipped is to be shipped before. */
export const ShortClosureCreation = Type.Object({ reason: ShortCloseReason }, closed);
export type ShortClosureCreation = Static<typeof ShortClosureCreation>;

/** That the rest of an order was given up; of which lines, they say. */
export const ShortClosure = Type.Object({ reason: ShortCloseReason, refund: Money, createdAt: Instant });
export type ShortClosure = Static<typeof ShortClosure>;

const states = { state: OrderState, paymentState: PaymentState, fulfilmentState: FulfilmentState };

export const OrderSummary = Type.Object({
  id: Uuid,
  /** What people call it. */
  number: Type.String(),
  ...states,
  total: Money,
  createdAt: Instant,
  updatedAt: Instant,
});
export type OrderSummary = Static<typeof OrderSummary>;

export const Order = Type.Object({
  ...OrderSummary.properties,
  storeId: orNull(Uuid),
  lines: Type.Array(OrderLine),
  totals: Totals,
  /** Null once it has been forgotten. */
  shipTo: orNull(ShippingAddress),
  payments: Type.Array(Payment),
  shipments: Type.Array(Shipment),
  /** Null where everything was shipped, or may still be. */
  shortClosure: orNull(ShortClosure),
  returns: Type.Array(Return),
  /** Where the order was recorded, and not placed here. */
  sale: SaleOrigin,
  /** Until then a pending order keeps its goods. */
  expiresAt: Instant,
});
export type Order = Static<typeof Order>;

/** `token` is a guest's, and goes into the header `order-token`. */
export const PlacedOrder = Type.Object({ ...Order.properties, token: Type.Optional(BearerToken) });

export const OrderListQuery = Type.Object(
  {
    ...page,
    state: Type.Optional(OrderState),
    paymentState: Type.Optional(PaymentState),
    fulfilmentState: Type.Optional(FulfilmentState),
    number: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 32,
        description: 'the number of an order: capitals, digits and hyphens',
        pattern: '^[A-Z0-9-]+$',
      }),
    ),
    /** Of a sale that was recorded. */
    reference: Type.Optional(MerchantReference),
    createdFrom: Type.Optional(Instant),
    createdBefore: Type.Optional(Instant),
    sort: sortBy('createdAt', 'updatedAt', 'number'),
  },
  closed,
);
export type OrderListQuery = Static<typeof OrderListQuery>;

/** What a sweep has looked after. */
export const Swept = Type.Object({ payments: Type.Integer(), refunds: Type.Integer(), expired: Type.Integer() });
export type Swept = Static<typeof Swept>;
