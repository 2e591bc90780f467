import { Type, type Static } from 'typebox';

/** The messages of WebAuthn (https://www.w3.org/TR/webauthn-3/) in the JSON forms that browsers speak: as much of them as is looked at here. */

const base64url = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, description: 'base64url without padding', pattern: '^[A-Za-z0-9_-]+$' });
const CredentialId = base64url(1_400);
const Transports = Type.Array(Type.String({ maxLength: 20, description: 'a transport that WebAuthn names', pattern: '^[a-z-]+$' }), {
  maxItems: 10,
});
const Descriptor = Type.Object({
  id: Type.String(),
  type: Type.Literal('public-key'),
  transports: Type.Optional(Type.Array(Type.String())),
});
const Verification = Type.Union([Type.Literal('required'), Type.Literal('preferred'), Type.Literal('discouraged')]);

/** RegistrationResponseJSON, section 5.1. What else the browser says is not read. */
export const RegistrationResponse = Type.Object({
  id: CredentialId,
  rawId: CredentialId,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: base64url(4_000),
    attestationObject: base64url(10_000),
    transports: Type.Optional(Transports),
  }),
});
export type RegistrationResponse = Static<typeof RegistrationResponse>;

/** AuthenticationResponseJSON, section 5.1. */
export const AuthenticationResponse = Type.Object({
  id: CredentialId,
  rawId: CredentialId,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: base64url(4_000),
    authenticatorData: base64url(4_000),
    signature: base64url(2_000),
    userHandle: Type.Optional(base64url(100)),
  }),
});
export type AuthenticationResponse = Static<typeof AuthenticationResponse>;

/** PublicKeyCredentialCreationOptionsJSON, section 5.1.8. */
export const CreationOptions = Type.Object({
  challenge: Type.String(),
  rp: Type.Object({ id: Type.Optional(Type.String()), name: Type.String() }),
  user: Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
  pubKeyCredParams: Type.Array(Type.Object({ type: Type.Literal('public-key'), alg: Type.Integer() })),
  timeout: Type.Optional(Type.Integer()),
  excludeCredentials: Type.Optional(Type.Array(Descriptor)),
  authenticatorSelection: Type.Optional(
    Type.Object({
      residentKey: Type.Optional(Verification),
      requireResidentKey: Type.Optional(Type.Boolean()),
      userVerification: Type.Optional(Verification),
    }),
  ),
  attestation: Type.Optional(Type.String()),
  hints: Type.Optional(Type.Array(Type.String())),
  extensions: Type.Optional(Type.Object({ credProps: Type.Optional(Type.Boolean()) })),
});
export type CreationOptions = Static<typeof CreationOptions>;

/** PublicKeyCredentialRequestOptionsJSON, section 5.1.9. Without `allowCredentials` any passkey of the site may answer. */
export const RequestOptions = Type.Object({
  challenge: Type.String(),
  rpId: Type.Optional(Type.String()),
  timeout: Type.Optional(Type.Integer()),
  allowCredentials: Type.Optional(Type.Array(Descriptor)),
  userVerification: Type.Optional(Verification),
});
export type RequestOptions = Static<typeof RequestOptions>;
