import { Type, type Static } from 'typebox';

import { Region } from './regions.ts';

/**
 * What an account may do in its region: `support` sees and mends what customers have, `catalogue` keeps products and prices, `warehouse` stock and shipping,
 * `operator` sync and the running of it; `admin` all of that.
 */
export const AccountRole = Type.Union([
  Type.Literal('customer'),
  Type.Literal('support'),
  Type.Literal('catalogue'),
  Type.Literal('warehouse'),
  Type.Literal('operator'),
  Type.Literal('admin'),
]);
export type AccountRole = Static<typeof AccountRole>;
export const accountRoles: readonly AccountRole[] = AccountRole.anyOf.map(({ const: role }) => role);

/** An address that SMTP can take without quoting: what people have. Length by RFC 5321, section 4.5.3.1. */
export const Email = Type.String({
  maxLength: 254,
  pattern:
    '^[^\\s@<>"(),:;\\\\\\[\\]\\u0000-\\u001f]{1,64}@[^\\s@<>"(),:;\\\\\\[\\]\\u0000-\\u001f]+\\.[^\\s@<>"(),:;\\\\\\[\\].\\u0000-\\u001f]{2,}$',
});
const RefreshToken = Type.String({ minLength: 1, maxLength: 200 });
/** Where the refresh token goes: into the body (devices), or into an HttpOnly cookie (browsers). */
const Delivery = Type.Union([Type.Literal('body'), Type.Literal('cookie')]);

export const CodeRequest = Type.Object({ email: Email }, { additionalProperties: false });
export type CodeRequest = Static<typeof CodeRequest>;

export const CodeRequested = Type.Object({ challengeId: Type.String(), expiresInSeconds: Type.Integer() });
export type CodeRequested = Static<typeof CodeRequested>;

export const CodeExchange = Type.Object(
  {
    challengeId: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
    code: Type.String({ pattern: '^[0-9]{8}$' }),
    delivery: Type.Optional(Delivery),
  },
  { additionalProperties: false },
);
export type CodeExchange = Static<typeof CodeExchange>;

/** Without `refreshToken` the region's cookie is used. */
export const TokenRefresh = Type.Object(
  { refreshToken: Type.Optional(RefreshToken), delivery: Type.Optional(Delivery) },
  { additionalProperties: false },
);
export type TokenRefresh = Static<typeof TokenRefresh>;

export const SignOut = Type.Object({ refreshToken: Type.Optional(RefreshToken) }, { additionalProperties: false });
export type SignOut = Static<typeof SignOut>;

export const Tokens = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresInSeconds: Type.Integer(),
  refreshToken: Type.Optional(Type.String()),
  account: Type.Object({ id: Type.String(), role: AccountRole, region: Region }),
});
export type Tokens = Static<typeof Tokens>;

/** The name of the cookie that holds the refresh token of `region`: one a region, since one browser may be signed in to both. */
export const refreshCookieOf = (region: string): string => `madeinworld_refresh_${region}`;

/** The public halves of the signing keys (RFC 7517, RFC 8037). */
export const JsonWebKeySet = Type.Object({
  keys: Type.Array(
    Type.Object({
      kid: Type.String(),
      kty: Type.Literal('OKP'),
      crv: Type.Literal('Ed25519'),
      x: Type.String(),
      alg: Type.Literal('EdDSA'),
      use: Type.Literal('sig'),
    }),
  ),
});
