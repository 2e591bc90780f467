import { Type, type Static } from 'typebox';

import { LINE_QUANTITY_LIMIT } from './cart.ts';
import { ShippingAddressWriting } from './shipping.ts';
import { Currency } from './currency.ts';
import { closed, Instant, Money, Name, orNull, Uuid } from './values.ts';

/** How much may be recorded at once: so that a request stays under a second, and its body under what a service takes. */
export const SALES_LIMIT = 50;
export const SALE_LINES_LIMIT = 100;

/** What whoever sold or took back calls it: the number on their paper. */
export const MerchantReference = Type.String({
  description: 'a reference of letters, digits and . _ : / - between them',
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?$',
});

/** A product stands on one line: `unitMinor` is the price that was agreed, as prices are shown, whatever the catalogue says. */
const SaleLine = Type.Object(
  {
    productId: Uuid,
    quantity: Type.Integer({ minimum: 1, maximum: LINE_QUANTITY_LIMIT }),
    unitMinor: Money.properties.amountMinor,
  },
  closed,
);
export type SaleLine = Static<typeof SaleLine>;

/** A sale that is over: agreed, paid and handed over. Whose it was is the account, where it is known. */
export const Sale = Type.Object(
  {
    reference: MerchantReference,
    soldAt: Instant,
    accountId: Type.Optional(Uuid),
    shipTo: ShippingAddressWriting,
    lines: Type.Array(SaleLine, { minItems: 1, maxItems: SALE_LINES_LIMIT }),
  },
  closed,
);
export type Sale = Static<typeof Sale>;

/** Sales of one place: `channel` says where they were made, and so why their prices are not the shop's. Without `storeId` the goods come from the online store. */
export const SalesRecording = Type.Object(
  {
    channel: Type.String({ ...Name, maxLength: 64 }),
    currency: Currency,
    storeId: Type.Optional(Uuid),
    sales: Type.Array(Sale, { minItems: 1, maxItems: SALES_LIMIT }),
  },
  closed,
);
export type SalesRecording = Static<typeof SalesRecording>;

/** In the order of the request. `isNew`: it was this request that recorded it. */
export const RecordedSales = Type.Object({
  sales: Type.Array(Type.Object({ reference: MerchantReference, orderId: Uuid, number: Type.String(), isNew: Type.Boolean() })),
});
export type RecordedSales = Static<typeof RecordedSales>;

/**
 * What came back of one recorded sale, elsewhere: goods are in stock again where they are `resellable`, and the money was given back there. Without `returnedAt` it came
 * back just now.
 */
const SaleReturn = Type.Object(
  {
    reference: MerchantReference,
    sale: MerchantReference,
    returnedAt: Type.Optional(Instant),
    lines: Type.Array(
      Type.Object(
        { productId: Uuid, quantity: Type.Integer({ minimum: 1, maximum: LINE_QUANTITY_LIMIT }), resellable: Type.Boolean() },
        closed,
      ),
      { minItems: 1, maxItems: SALE_LINES_LIMIT },
    ),
  },
  closed,
);

export const ReturnsRecording = Type.Object({ returns: Type.Array(SaleReturn, { minItems: 1, maxItems: SALES_LIMIT }) }, closed);
export type ReturnsRecording = Static<typeof ReturnsRecording>;

/** In the order of the request. */
export const RecordedReturns = Type.Object({
  returns: Type.Array(Type.Object({ reference: MerchantReference, sale: MerchantReference, isNew: Type.Boolean() })),
});
export type RecordedReturns = Static<typeof RecordedReturns>;

/** What an order that was recorded says of where it comes from. */
export const SaleOrigin = orNull(Type.Object({ reference: MerchantReference, channel: Type.String(), soldAt: Instant }));
export type SaleOrigin = Static<typeof SaleOrigin>;
