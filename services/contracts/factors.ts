import { Type, type Static } from 'typebox';

import { Delivery } from './auth.ts';
import { closed, Instant, orNull, Uuid } from './values.ts';
import { AuthenticationResponse, RegistrationResponse } from './webauthn.ts';

/** What proves besides the mailbox who somebody is. */
export const FactorKind = Type.Union([Type.Literal('totp'), Type.Literal('passkey')]);
export type FactorKind = Static<typeof FactorKind>;

export const Factor = Type.Object(
  { id: Uuid, kind: FactorKind, label: Type.String(), createdAt: Instant, lastUsedAt: orNull(Instant) },
  { additionalProperties: false },
);
export type Factor = Static<typeof Factor>;
export const Factors = Type.Object({ factors: Type.Array(Factor) });

/** A code of six digits (RFC 6238). */
const TotpCode = Type.String({ description: 'six digits', pattern: '^[0-9]{6}$' });

/** What an authenticator app is given, as text and as the URI of its QR code; shown once. */
export const TotpEnrolment = Type.Object({ id: Uuid, secret: Type.String(), uri: Type.String() });
export type TotpEnrolment = Static<typeof TotpEnrolment>;
export const TotpConfirmation = Type.Object({ code: TotpCode }, closed);

const Label = Type.String({ minLength: 1, maxLength: 60, description: 'one line of text', pattern: '^[^\\u0000-\\u001f\\u007f]+$' });
export const PasskeyCreation = Type.Object({ credential: RegistrationResponse, label: Type.Optional(Label) }, closed);
export type PasskeyCreation = Static<typeof PasskeyCreation>;
export const PasskeySignIn = Type.Object({ credential: AuthenticationResponse, delivery: Type.Optional(Delivery) }, closed);

/** In place of tokens, where the code was right and a second factor is wanted. */
export const SecondFactorWanted = Type.Object(
  { secondFactor: Type.Object({ challengeId: Uuid, expiresInSeconds: Type.Integer(), kinds: Type.Array(FactorKind, { minItems: 1 }) }) },
  { additionalProperties: false },
);
export type SecondFactorWanted = Static<typeof SecondFactorWanted>;
export const SecondFactorOptionsRequest = Type.Object({ challengeId: Uuid }, closed);

const answer = { challengeId: Uuid, delivery: Type.Optional(Delivery) };
export const SecondFactorAnswer = Type.Union([
  Type.Object({ ...answer, totp: TotpCode }, closed),
  Type.Object({ ...answer, passkey: AuthenticationResponse }, closed),
]);
export type SecondFactorAnswer = Static<typeof SecondFactorAnswer>;
