import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { isoCBOR } from '@simplewebauthn/server/helpers';
import type { Static } from 'typebox';

import type { AuthenticationResponse, CreationOptions, RegistrationResponse, RequestOptions } from '#contracts/webauthn.ts';

export const RP_ID = 'shop.example';
export const ORIGIN = 'https://shop.example';

/** How a signature differs from a good one. */
export interface Deviation {
  readonly origin?: string;
  readonly rpId?: string;
  readonly counter?: number;
  readonly userVerified?: boolean;
  readonly userHandle?: string;
  readonly crossOrigin?: boolean;
  readonly type?: string;
  /** In the place of the attestation `none`. */
  readonly attestation?: ReadonlyMap<string, unknown>;
}

/** A passkey in software: a real key pair, whose signatures are real. One site, one account, as far as a test needs. */
export interface Authenticator {
  /** As navigator.credentials.create(). */
  create(options: Static<typeof CreationOptions>, deviation?: Deviation): RegistrationResponse;
  /** As navigator.credentials.get(). */
  get(options: Static<typeof RequestOptions>, deviation?: Deviation): AuthenticationResponse;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const ATTESTED = 0x40;
const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

export function createAuthenticator(): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(32);
  let counter = 0;
  let owner = '';

  const clientData = (type: string, challenge: string, { origin = ORIGIN, crossOrigin = false, ...deviation }: Deviation): Buffer =>
    Buffer.from(JSON.stringify({ type: deviation.type ?? type, challenge, origin, crossOrigin }));

  function authenticatorData(flags: number, deviation: Deviation, attested = Buffer.alloc(0)): Buffer {
    const { rpId = RP_ID, userVerified = true } = deviation;
    const head = Buffer.alloc(5);
    head.writeUInt8(flags | USER_PRESENT | (userVerified ? USER_VERIFIED : 0));
    head.writeUInt32BE(deviation.counter ?? (counter += 1), 1);
    return Buffer.concat([sha256(rpId), head, attested]);
  }

  /** A COSE key (RFC 9053): EC2, ES256, P-256. */
  function coseKey(): Uint8Array {
    const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'base64url'));
    return isoCBOR.encode(
      new Map<number, number | Uint8Array<ArrayBuffer>>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, bytes(x)],
        [-3, bytes(y)],
      ]),
    );
  }

  const named = { id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' } as const;
  return {
    create({ challenge, user }, deviation = {}) {
      owner = user.id;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey()]);
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ...(deviation.attestation ?? []),
        ['authData', Uint8Array.from(authenticatorData(ATTESTED, deviation, attested))],
      ]);
      return {
        ...named,
        response: {
          clientDataJSON: clientData('webauthn.create', challenge, deviation).toString('base64url'),
          attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
          transports: ['internal'],
        },
      };
    },
    get({ challenge }, deviation = {}) {
      const data = clientData('webauthn.get', challenge, deviation);
      const authData = authenticatorData(0, deviation);
      return {
        ...named,
        response: {
          clientDataJSON: data.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: sign('sha256', Buffer.concat([authData, sha256(data)]), privateKey).toString('base64url'),
          userHandle: deviation.userHandle ?? owner,
        },
      };
    },
  };
}
