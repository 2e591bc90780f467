import type { Money } from '#contracts/values.ts';

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
