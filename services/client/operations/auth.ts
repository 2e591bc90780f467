import { CodeExchange, CodeRequest, CodeRequested, JsonWebKeySet, SignOut, TokenRefresh, Tokens } from '#contracts/auth.ts';

import type { ClientOperation } from '../operation.ts';

export const authOperations = {
  requestCode: { method: 'POST', path: '/v1/auth/codes', body: CodeRequest, answer: CodeRequested },
  exchangeCode: { method: 'POST', path: '/v1/auth/tokens', body: CodeExchange, answer: Tokens },
  refreshTokens: { method: 'POST', path: '/v1/auth/tokens/refresh', body: TokenRefresh, answer: Tokens },
  signOut: { method: 'POST', path: '/v1/auth/sign-out', body: SignOut, answer: null },
  listKeys: { method: 'GET', path: '/v1/auth/jwks.json', answer: JsonWebKeySet },
} as const satisfies Readonly<Record<string, ClientOperation>>;
