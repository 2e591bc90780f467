import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';

import { ACCESS_TOKEN_TYPE, accessFrom, TOKEN_AUDIENCE, tokenIssuerOf, type Access, type Role } from '#platform/access.ts';

/** Access tokens signed by keys of the test's own, and what believes them. */
export interface TestTokens {
  readonly access: Access;
  tokenOf(role: Role, accountId?: string): Promise<string>;
}

/** Whose token it is where a test does not say. */
export const SOMEONE = '00000000-0000-4000-8000-000000000001';

export async function makeTokens(region: string): Promise<TestTokens> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' }] });
  return {
    access: accessFrom(region, keys),
    tokenOf: (role, accountId = SOMEONE) =>
      new SignJWT({ role })
        .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
        .setIssuer(tokenIssuerOf(region))
        .setAudience(TOKEN_AUDIENCE)
        .setSubject(accountId)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
  };
}
