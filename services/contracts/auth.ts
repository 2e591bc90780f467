import { Type, type Static } from 'typebox';

import { Region } from './regions.ts';
import { Language } from './user.ts';
import { closed, Uuid } from './values.ts';

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
  description: 'an e-mail address',
  maxLength: 254,
  pattern:
    '^[^\\s@<>"(),:;\\\\\\[\\]\\u0000-\\u001f]{1,64}@[^\\s@<>"(),:;\\\\\\[\\]\\u0000-\\u001f]+\\.[^\\s@<>"(),:;\\\\\\[\\].\\u0000-\\u001f]{2,}$',
});
/** ITU-T E.164 with the plus, and no blanks or hyphens: a number has one spelling, and so one account. */
export const PhoneNumber = Type.String({
  description: 'a phone number like +441234567890: the plus, the country, the number, digits alone',
  pattern: '^\\+[1-9][0-9]{7,14}$',
});
const RefreshToken = Type.String({ minLength: 1, maxLength: 200 });
/** Where the refresh token goes: into the body (devices), or into an HttpOnly cookie (browsers). */
export const Delivery = Type.Union([Type.Literal('body'), Type.Literal('cookie')]);

/** By mail, or by text message: then `language` is what that is written in, which is the region's where nothing is said. */
export const CodeRequest = Type.Union([
  Type.Object({ email: Email }, closed),
  Type.Object({ phone: PhoneNumber, language: Type.Optional(Language) }, closed),
]);
export type CodeRequest = Static<typeof CodeRequest>;

export const CodeRequested = Type.Object({ challengeId: Type.String(), expiresInSeconds: Type.Integer() });
export type CodeRequested = Static<typeof CodeRequested>;

/** What a mail or text message brings. */
export const SignInCode = Type.String({ description: 'eight digits', pattern: '^[0-9]{8}$' });

export const CodeExchange = Type.Object(
  {
    challengeId: Uuid,
    code: SignInCode,
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
  /** At a sign-in without cookies: what the device says of itself the next time, so that strangers cannot take up its share of codes. It opens nothing. */
  deviceToken: Type.Optional(Type.String()),
  /** The account has a role that wants a second factor, and none: until one is added its tokens are a customer's. */
  enrol: Type.Optional(Type.Literal(true)),
});
export type Tokens = Static<typeof Tokens>;

/** The name of the cookie that holds the refresh token of `region`: one a region, since one browser may be signed in to both. */
export const refreshCookieOf = (region: string): string => `madeinworld_refresh_${region}`;

/** Where a device says which it is: a browser by this cookie, another client by the header, with what `deviceToken` told it. */
export const deviceCookieOf = (region: string): string => `madeinworld_device_${region}`;
export const DEVICE_HEADER = 'x-device-token';

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
