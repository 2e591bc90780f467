/** A page of a list with one item, as the examples of the declared routes show it. */
export const pageWith = <Item>(item: Item) => ({
  items: [item],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null },
  total: 1,
});

export const tokensExample = {
  accessToken: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln',
  tokenType: 'Bearer',
  expiresInSeconds: 900,
  refreshToken: 'mF_9.B5f-4.1JqM',
  account: { id: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10', role: 'customer', region: 'world' },
};

export const factorExample = {
  id: '7e1d2c3b-0b5c-4c58-9a0e-6b1b2f0f7c31',
  kind: 'totp',
  label: 'Authenticator app',
  createdAt: '2026-03-01T09:30:00.000000Z',
  lastUsedAt: null,
};
export const secondFactorExample = {
  secondFactor: { challengeId: '0f4d5c6b-1a2b-4c3d-8e4f-5a6b7c8d9e0f', expiresInSeconds: 300, kinds: ['totp'] },
};

const challenge = 'cGxlYXNlIHNpZ24gdGhpcyBvbmU';
export const creationOptionsExample = {
  challenge,
  rp: { id: 'shop.example', name: 'madeinworld' },
  user: { id: 'W2-MDn1VSsGLVyt8HiydEA', name: 'grace@example.org', displayName: '' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  timeout: 300_000,
  excludeCredentials: [],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  attestation: 'none',
};
export const requestOptionsExample = { challenge, rpId: 'shop.example', timeout: 300_000, userVerification: 'required' };
const credential = { id: 'dGhlLXBhc3NrZXk', rawId: 'dGhlLXBhc3NrZXk', type: 'public-key' };
export const registrationExample = {
  ...credential,
  response: { clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0', attestationObject: 'o2NmbXRkbm9uZQ', transports: ['internal'] },
};
export const assertionExample = {
  ...credential,
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
    authenticatorData: 'SZYN5YgOjGh0NBcP',
    signature: 'MEUCIQDx',
    userHandle: 'W2-MDn1VSsGLVyt8HiydEA',
  },
};
