import type { OrderNotice } from '#contracts/notification.ts';

/** What the reference and the previews show. Pure data; a test holds each against its schema. */

export const readerExample = { name: 'Ada Lovelace' };

export const orderExample: OrderNotice = {
  accountId: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10',
  number: 'W-2026-100001',
  createdAt: '2026-03-01T09:30:00.000000+00:00',
  paymentState: 'captured',
  currency: 'EUR',
  lines: [
    { name: 'Teapot', quantity: 1, totalMinor: 3_490 },
    { name: 'Tea & honey', quantity: 2, totalMinor: 1_180 },
  ],
  shippingMinor: 490,
  totalMinor: 5_160,
  refundedMinor: 1_180,
  shipments: [
    {
      carrier: 'Post',
      trackingCode: 'RR123456785',
      shippedAt: '2026-03-01T09:30:30.000000Z',
      lines: [
        { name: 'Teapot', quantity: 1 },
        { name: 'Tea & honey', quantity: 2 },
      ],
    },
  ],
  shortClosure: { amountMinor: 590, lines: [{ name: 'Tea & honey', quantity: 1 }] },
  returns: [{ amountMinor: 1_180, acceptedAt: '2026-03-01T09:30:40.000000Z' }],
};

export const noticeExample = {
  id: '0195f0a2-6d1e-7c3a-9b3e-2f4c5d6e7f80',
  eventId: '7e2f3f52-9d38-4c8e-9f0e-0d3c7f0a5b11',
  eventType: 'madeinworld.order.confirmed.v1',
  subjectId: '0195f0a1-1111-7c3a-9b3e-2f4c5d6e7f80',
  accountId: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10',
  channel: 'email',
  template: 'order-confirmed',
  language: 'en',
  state: 'sent',
  attempts: 1,
  nextTryAt: null,
  providerMessageId: '0100018f2b6c7d8e-5a0b',
  errorCode: null,
  createdAt: '2026-03-01T09:31:00.000000Z',
  sentAt: '2026-03-01T09:31:00.200000Z',
};

export const bounceExample = { address: 'nobody@madeinworld.example', reason: 'hard_bounce', at: '2026-03-01T09:32:00Z' };

export const suppressionExample = {
  id: '0195f0a2-7777-7c3a-9b3e-2f4c5d6e7f80',
  addressDigest: '5f'.repeat(32),
  reason: 'hard_bounce',
  at: '2026-03-01T09:32:00.000000Z',
};

export const onlyPage = (item: unknown) => ({
  items: [item],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null },
  total: 1,
});
