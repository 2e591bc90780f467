/** What the reference shows. Pure data; a test holds each against its schema. */

const storeId = '0c9b9a54-6f0b-5d0e-9e7b-3a5c1b2d4e6f';
const productId = '2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1';
const orderId = '019ca8d2-7f10-7e0b-8a55-6d1f2b3c4d5e';
const at = '2026-03-01T09:30:00.000000Z';

export const ids = { storeId, productId, orderId } as const;

export const stockExample = { storeId, productId, onHand: 12, reserved: 8, available: 4, lowAt: 5, level: 'low' } as const;
export const changedExample = { reference: 'DN-20260301-17', items: [stockExample] } as const;
export const receiptExample = { storeId, reference: changedExample.reference, lines: [{ productId, quantity: 12 }] } as const;
export const transferExample = {
  fromStoreId: storeId,
  toStoreId: '5b1e7c4a-9d7a-5f0e-8c1b-2a44019ca8d2',
  lines: [{ productId, quantity: 4 }],
} as const;
export const countExample = { storeId, lines: [{ productId, counted: 12 }] } as const;

export const movementExample = {
  id: '4711',
  at,
  storeId,
  productId,
  kind: 'reserved',
  onHand: 0,
  reserved: 2,
  reference: orderId,
  actor: 'orders',
} as const;

export const reservationExample = {
  orderId,
  storeId,
  state: 'held',
  createdAt: at,
  expiresAt: '2026-03-01T09:45:00.000000Z',
  lines: [{ productId, quantity: 2, shipped: 0, returned: 0 }],
} as const;

export const alertExample = {
  id: '8a55019c-7f10-4e0b-8d2a-6d1f2b3c4d5e',
  storeId,
  productId,
  kind: 'low',
  since: at,
  endedAt: null,
} as const;

export const availabilityExample = { items: [{ productId, levels: { world: 'ample', china: 'low' } }] } as const;
export const settingsExample = { onlineStoreId: storeId } as const;

/** A page that holds `item` alone. */
export const pageWith = (item: object) => ({
  items: [item],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null },
  total: 1,
});
