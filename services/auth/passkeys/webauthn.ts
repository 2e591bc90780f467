import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

import { AppError } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';

/** The library is loaded by the first who needs it: it takes longer to load than all the rest of the service. */
export const loadWebauthn = () => import('@simplewebauthn/server');

/** Whose passkeys they are: the domain, and the addresses of its pages. */
export interface RelyingParty {
  readonly rpId: string;
  readonly origins: readonly string[];
}

/** Throws AppError `not_found` where the region has none set up. */
export function relyingPartyOf({ passkeys }: Pick<AuthDeps, 'passkeys'>): RelyingParty {
  if (passkeys === undefined) throw new AppError('not_found', { detail: 'Passkeys are not set up in this region.' });
  return passkeys;
}

const ClientData = Type.Object({
  challenge: Type.String({ maxLength: 200, pattern: '^[A-Za-z0-9_-]+$' }),
  crossOrigin: Type.Optional(Type.Boolean()),
});

/** What a browser says that it was asked to have signed (CollectedClientData); undefined for what is none. Nothing in it is believed before it is verified. */
export function clientDataOf(text: string): Static<typeof ClientData> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Value.Check(ClientData, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The id of an account as passkeys keep it (user.id, RFC-less: 16 bytes of the UUID), which says nothing about anybody. */
export const userHandleOf = (accountId: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(accountId.replaceAll('-', ''), 'hex'));
