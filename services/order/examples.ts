import type { Money } from '#contracts/values.ts';

import { sellers } from './rules/seller.ts';

/** What the reference shows. Pure data; a test holds each against its schema. */

const pounds = (amountMinor: number): Money => ({ amountMinor, currency: 'GBP' });
const productId = '2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1';
const madeAt = '2026-03-01T09:30:00.000000Z';

export const linesExample = { lines: [{ productId, quantity: 6 }] } as const;

const totals = { net: pounds(1_804), shipping: pounds(395), tax: pounds(361), total: pounds(2_165) };

export const cartExample = {
  id: '019ca8d2-5b1e-7c4a-9d7a-3f0e8c1b2a44',
  state: 'open',
  currency: 'GBP',
  lines: [{ productId, quantity: 6, sku: '85123A', name: 'White hanging heart T-light holder', unit: pounds(295), total: pounds(1_770) }],
  goods: pounds(1_770),
  totals,
  orderId: null,
  updatedAt: madeAt,
  expiresAt: '2026-03-31T09:30:00.000000Z',
};

export const orderExample = {
  id: '019ca8d3-0a11-7f3e-8c55-6f2d9b7e4a10',
  number: 'W-100234',
  state: 'confirmed',
  paymentState: 'captured',
  fulfilmentState: 'allocated',
  total: totals.total,
  createdAt: madeAt,
  updatedAt: madeAt,
  storeId: null,
  lines: [
    {
      productId,
      sku: '85123A',
      name: 'White hanging heart T-light holder',
      unit: pounds(295),
      quantity: 6,
      net: pounds(1_475),
      tax: pounds(295),
      total: pounds(1_770),
      shipped: 0,
      shortClosed: 0,
      returned: 0,
    },
  ],
  totals,
  shipTo: {
    form: 'western',
    recipient: 'Ada Lovelace',
    phone: '+442079460000',
    lines: ['12 St James’s Square'],
    city: 'London',
    region: null,
    postcode: 'SW1Y 4JH',
    country: 'GB',
  },
  payments: [
    {
      id: '019ca8d3-1c2b-7a5d-9e0f-1b2c3d4e5f60',
      state: 'captured',
      amount: totals.total,
      refunded: pounds(0),
      createdAt: madeAt,
    },
  ],
  shipments: [],
  shortClosure: null,
  returns: [],
  sale: null,
  expiresAt: '2026-03-01T09:45:00.000000Z',
};

export const summaryExample = (({ id, number, state, paymentState, fulfilmentState, total, createdAt, updatedAt }) => ({
  id,
  number,
  state,
  paymentState,
  fulfilmentState,
  total,
  createdAt,
  updatedAt,
}))(orderExample);

export const checkoutExample = { cartId: cartExample.id, shipTo: orderExample.shipTo, expectedTotal: totals.total };
export const paymentExample = orderExample.payments[0];
export const callbackExample = { paymentId: '019ca8d3-1c2b-7a5d-9e0f-1b2c3d4e5f60', outcome: 'captured' };
export const shipmentExample = {
  lines: [{ productId, quantity: 6 }],
  carrier: 'Royal Mail',
  trackingCode: 'AB123456789GB',
};
export const salesExample = {
  channel: 'trade fair',
  currency: 'GBP',
  sales: [
    {
      reference: '536365',
      soldAt: '2026-02-27T16:20:00Z',
      shipTo: orderExample.shipTo,
      lines: [{ productId, quantity: 6, unitMinor: 255 }],
    },
  ],
};
export const recordedExample = { sales: [{ reference: '536365', orderId: orderExample.id, number: orderExample.number, isNew: true }] };
export const returnsExample = {
  returns: [
    { reference: 'C536379', sale: '536365', returnedAt: '2026-02-28T09:41:00Z', lines: [{ productId, quantity: 1, resellable: true }] },
  ],
};
export const recordedReturnsExample = { returns: [{ reference: 'C536379', sale: '536365', isNew: true }] };
export const shortClosedExample = {
  ...orderExample,
  fulfilmentState: 'shipped',
  paymentState: 'partly_refunded',
  lines: orderExample.lines.map((line) => ({ ...line, shipped: 4, shortClosed: 2 })),
  shortClosure: { reason: 'lost', refund: pounds(590), createdAt: madeAt },
};
export const returnExample = { lines: [{ productId, quantity: 1, resellable: true }] };

export const invoiceExample = {
  id: '019ca8d3-2d3c-7b6e-8f10-2c3d4e5f6071',
  number: 'W-2026-000042',
  issuedAt: madeAt,
  orderId: orderExample.id,
  orderNumber: orderExample.number,
  seller: sellers.world,
  buyer: (({ phone: _phone, ...address }) => address)(orderExample.shipTo),
  taxBasisPoints: 2_000,
  lines: orderExample.lines.map(({ shipped: _shipped, shortClosed: _shortClosed, returned: _returned, ...line }) => line),
  totals,
};

export const creditNoteExample = {
  ...invoiceExample,
  id: '019ca8d4-90a1-7c3d-b52f-4e6f708192a3',
  number: 'W-CR-2026-000007',
  invoiceNumber: invoiceExample.number,
  returnId: '019ca8d4-5e77-7f0a-86d1-3c9b2a4f6e58',
};

export const refusedRefundExample = {
  id: '019ca8d4-6b20-7d11-9f03-51c0de5a7e31',
  orderId: orderExample.id,
  paymentId: '019ca8d3-1f42-7b6a-a4c9-0e7d2b6f8a55',
  cause: 'returned',
  state: 'failed',
  amount: pounds(295),
  givenBy: 'provider',
  reference: null,
  requestedBy: null,
  retryOf: null,
  retriedAs: null,
  createdAt: madeAt,
  settledAt: madeAt,
} as const;

export const retryExample = { givenBy: 'elsewhere', reference: 'BACS-2026-0301-17' } as const;
