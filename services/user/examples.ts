/** What the reference shows. Pure data; a test holds each against its schema. */

export const profileExample = {
  accountId: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10',
  name: 'Ada Lovelace',
  language: 'en',
  createdAt: '2026-03-01T09:30:00.000000Z',
};

export const addressWritingExample = {
  form: 'western',
  recipient: 'Ada Lovelace',
  phone: '+442079460958',
  country: 'GB',
  lines: ['12 St James’s Square'],
  city: 'London',
  postcode: 'SW1Y 4JH',
};
export const addressExample = {
  id: '0198c0de-0000-7000-8000-000000000a01',
  isDefault: true,
  createdAt: '2026-03-01T09:31:00.000000Z',
  ...addressWritingExample,
  region: null,
};

export const chineseAddressWritingExample = {
  form: 'chinese',
  recipient: '王小明',
  phone: '+8613800138000',
  country: 'CN',
  province: '上海市',
  city: '上海市',
  district: '静安区',
  street: '南京西路街道',
  detail: '南京西路1266号 2801室',
  postcode: '200040',
};
export const chineseAddressExample = {
  id: '0198c0de-0000-7000-8000-000000000a02',
  isDefault: false,
  createdAt: '2026-03-01T09:32:00.000000Z',
  ...chineseAddressWritingExample,
};

export const consentAnswerExample = { topic: 'marketing_email', granted: true, wordingVersion: '2026-03' };
const consentExample = { ...consentAnswerExample, at: '2026-03-01T09:33:00.000000Z' };
export const consentsExample = { items: [consentExample], history: [consentExample] };

export const exportExample = {
  accountId: profileExample.accountId,
  region: 'world',
  exportedAt: '2026-03-02T10:00:00.000000Z',
  services: { users: { name: 'Ada Lovelace', language: 'en', createdAt: '2026-03-01T09:30:00+00:00', addresses: [], consents: [] } },
  alsoIn: 'china',
  otherAskedAt: '2026-03-02T10:00:00.100000Z',
};
export const erasureExample = {
  id: '0198c0de-0000-7000-8000-000000000e01',
  erasedAt: '2026-03-02T10:05:00.000000Z',
  by: 'person',
  reason: null,
  erased: { users: 3 },
  otherAccount: 'erased',
};

export const linkExample = { state: 'linked', homeRegion: 'world', codeExpiresAt: null };
export const linkOfferExample = { code: '7YQ4T-0B9XK-M2RVE-8C5HD', expiresAt: '2026-03-01T09:49:00.000000Z' };
