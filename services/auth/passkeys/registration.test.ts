import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { expect, it } from 'vitest';

import type { Logger } from '#platform/log.ts';

import { createAuthenticator, type Deviation, ORIGIN, RP_ID } from '../testing/authenticator.ts';
import { readRegistration } from './registration.ts';

const party = { rpId: RP_ID, origins: [ORIGIN] };

/** What becomes of a registration, and the reason that is logged where nothing does. */
async function read(deviation: Deviation) {
  const challenge = randomBytes(32);
  const user = { id: 'eA', name: 'x', displayName: '' };
  const options = { challenge: challenge.toString('base64url'), rp: { name: 'x' }, user, pubKeyCredParams: [] };
  const reasons: unknown[] = [];
  const log = { info: (line: { reason: string }) => reasons.push(line.reason) } as unknown as Logger;
  const made = await readRegistration({ log }, party, createAuthenticator().create(options, deviation), challenge);
  return { made, reasons };
}

it('a passkey without a statement about its make is read', async () => {
  const { made, reasons } = await read({});
  expect(reasons).toEqual([]);
  expect(made).toMatchObject({ transports: ['internal'], counter: 1 });
});

it.each(['packed', 'tpm', 'android-key', 'android-safetynet', 'fido-u2f', 'apple'])(
  'a statement of form %s is not looked at',
  async (format) => {
    const certificate = Uint8Array.from(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }));
    const statement = new Map<string, unknown>([
      ['alg', -7],
      ['sig', Uint8Array.from(randomBytes(64))],
      ['x5c', [certificate]],
    ]);
    const { made, reasons } = await read({
      attestation: new Map<string, unknown>([
        ['fmt', format],
        ['attStmt', statement],
      ]),
    });
    expect(made).toBeUndefined();
    expect(reasons).toEqual(['an attestation that was not asked for']);
  },
);
