/** What the reference shows. Pure data; a test holds each against its schema. */

export const profileExample = {
  accountId: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10',
  name: 'Ada Lovelace',
  language: 'en',
  createdAt: '2026-03-01T09:30:00.000000Z',
};
