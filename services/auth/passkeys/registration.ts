import type { RegistrationResponse } from '#contracts/webauthn.ts';
import { messageOf } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';
import { algorithms } from './options.ts';
import { clientDataOf, loadWebauthn, type RelyingParty } from './webauthn.ts';

export interface MadePasskey {
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: string[];
}

/**
 * Reads what a browser answers when it has made a passkey (WebAuthn, section 7.1); undefined where it does not hold. `challenge` is one that was given out for
 * this. Statements about the make of an authenticator are not asked for, and refused: to verify them the library would call addresses that stand in them.
 */
export async function readRegistration(
  { log }: Pick<AuthDeps, 'log'>,
  { rpId, origins }: RelyingParty,
  { id, rawId, type, response }: RegistrationResponse,
  challenge: Buffer,
): Promise<MadePasskey | undefined> {
  const { verifyRegistrationResponse } = await loadWebauthn();
  const { clientDataJSON, attestationObject, transports = [] } = response;
  try {
    if (clientDataOf(clientDataJSON)?.crossOrigin === true) throw new Error('made in a frame of another site');
    if (!(await isUnattested(attestationObject))) throw new Error('an attestation that was not asked for');
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { id, rawId, type, response: { clientDataJSON, attestationObject }, clientExtensionResults: {} },
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    if (!verified) return undefined;
    const { credential } = registrationInfo;
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      transports,
    };
  } catch (error) {
    log.info({ reason: messageOf(error) }, 'a passkey was not taken');
    return undefined;
  }
}

/** None, or a signature by the passkey itself. */
async function isUnattested(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const decoded = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')));
  const format = decoded.get('fmt');
  return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined);
}
