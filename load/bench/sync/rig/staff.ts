import { once } from 'node:events';
import { createServer } from 'node:http';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';

import type { AccountRole } from '#contracts/auth.ts';

/** Stands in for a region's auth service: the keys that the services check tokens with, and tokens. */
export interface Staff {
  readonly authUrl: string;
  /** Its keys, as they are served. */
  readonly jwks: string;
  /** Of a member of staff. */
  readonly token: string;
  tokenFor(role: AccountRole): Promise<string>;
  stop(): Promise<void>;
}

const KEY_ID = 'bench';

export async function startStaff(region: string): Promise<Staff> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(keys));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  const tokenFor = async (role: AccountRole): Promise<string> =>
    new SignJWT({ role })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: KEY_ID })
      .setIssuer(`madeinworld/${region}`)
      .setAudience('madeinworld')
      .setSubject('01890000-0000-7000-8000-000000000001')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  return {
    authUrl: `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`,
    jwks: keys,
    token: await tokenFor('catalogue'),
    tokenFor,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
