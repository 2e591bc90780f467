/** What the reference shows. Pure data; a test holds each against its schema. */

const stamp = { version: '126793041510400000', origin: 'world#1', vector: {} };
const updatedAt = '2026-03-01T09:30:00.000000Z';

export const productExample = {
  id: '2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1',
  sku: '85123A',
  name: 'White hanging heart T-light holder',
  description: null,
  categoryId: null,
  price: { amountMinor: 295, currency: 'GBP' },
  pricedAt: '2026-03-01T09:30:00.000000Z',
  updatedAt,
  stamp,
};
export const productCreationExample = { sku: '85123A', name: productExample.name, price: productExample.price };

/** A file of that product alone, as CSV. */
export const csvExample =
  'sku,amountMinor,currency,pricedAt,name,categoryId\r\n85123A,295,GBP,2026-03-01T09:30:00.000000Z,White hanging heart T-light holder,\r\n';

export const categoryExample = {
  id: '6a1d2f5e-52a8-5f5c-9c2f-9f1d0c3b7e11',
  slug: 'lighting',
  name: 'Lighting',
  parentId: null,
  updatedAt,
  stamp,
};

export const storeExample = {
  id: '0c9b9a54-6f0b-5d0e-9e7b-3a5c1b2d4e6f',
  code: 'LDN-1',
  name: 'Spitalfields',
  city: 'London',
  country: 'GB',
  latitude: 51.5193,
  longitude: -0.0754,
  openingHours: {
    timeZone: 'Europe/London',
    weekly: [
      { day: 6, opens: '09:30', closes: '18:00' },
      { day: 7, opens: '11:00', closes: '17:00' },
    ],
    exceptions: [{ date: '2026-12-26', periods: [] }],
  },
  updatedAt,
  stamp,
};

/** On the day before clocks are set forward there. */
export const openingExample = { isOpen: true, closesAt: '2026-03-28T18:00:00.000Z', opensAt: '2026-03-29T10:00:00.000Z' };

/** A page that holds `item` alone. */
export const pageWith = (item: object) => ({
  items: [item],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null },
  total: 1,
});
