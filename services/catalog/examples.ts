/** What the reference shows. Pure data; a test holds each against its schema. */

const stamp = { version: '126793041510400000', origin: 'world#1', vector: {} };
const updatedAt = '2026-03-01T09:30:00.000000Z';

export const productExample = {
  id: '2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1',
  sku: '85123A',
  state: 'published',
  language: 'en',
  name: 'White hanging heart T-light holder',
  description: null,
  categoryId: null,
  price: { amountMinor: 295, currency: 'GBP' },
  pricedAt: '2026-03-01T09:30:00.000000Z',
  currentPrice: { amountMinor: 245, currency: 'GBP' },
  variantOf: null,
  updatedAt,
  stamp,
};
export const productCreationExample = { sku: '85123A', name: productExample.name, price: productExample.price };

export const facetsExample = {
  categories: [{ categoryId: null, count: 1 }],
  prices: [{ currency: 'GBP', fromMinor: 0, toMinor: 500, count: 1 }],
};

export const translationExample = {
  id: '5d9c3f52-77b1-5b1e-8a44-2f7c0f9b6d3e',
  productId: productExample.id,
  language: 'zh',
  name: '白色心形茶蜡烛台',
  description: null,
  updatedAt,
  stamp,
};

export const priceExample = {
  id: '7f6b2c11-93a5-5c0e-b7d1-4e9a5d2c8f60',
  productId: productExample.id,
  region: 'world',
  price: productExample.currentPrice,
  validFrom: '2026-11-27T00:00:00.000000Z',
  validTo: '2026-11-30T00:00:00.000000Z',
  updatedAt,
  stamp,
};

export const variantExample = {
  id: '0b8e4a77-1c6d-5f3a-9d20-6a1e7b4c5d92',
  productId: 'd4a1f0c3-5b2e-5c97-8e16-3f7a9b0c2d18',
  parentId: productExample.id,
  options: { colour: 'White', size: 'L' },
  updatedAt,
  stamp,
};

export const mediumExample = {
  id: '3c5e7a19-8f0b-5d24-a6c3-1b9d8e7f6054',
  productId: productExample.id,
  url: 'https://media.example.com/85123A/front.webp',
  kind: 'image',
  altEn: 'The holder with a light in it',
  altZh: '点着茶蜡的烛台',
  position: 0,
  updatedAt,
  stamp,
};

/** A file of that product alone, as CSV. */
export const csvExample =
  'sku,amountMinor,currency,pricedAt,name,categoryId,state\r\n85123A,295,GBP,2026-03-01T09:30:00.000000Z,White hanging heart T-light holder,,published\r\n';

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
  region: 'world',
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
