import { Type, type Static } from 'typebox';

import { Instant } from '#contracts/values.ts';
import type { Secrets } from '#platform/secrets/index.ts';

const SigningKeys = Type.Object({
  keys: Type.Array(
    Type.Object({
      kid: Type.String({ minLength: 1 }),
      kty: Type.Literal('OKP'),
      crv: Type.Literal('Ed25519'),
      x: Type.String({ minLength: 1 }),
      d: Type.String({ minLength: 1 }),
      /** When it begins to sign; from the start where nothing is said. */
      signFrom: Type.Optional(Instant),
    }),
    { minItems: 1 },
  ),
});
export type SigningKeys = Static<typeof SigningKeys>;
const Staff = Type.Object({ admins: Type.Array(Type.String()) });
const Pepper = Type.Object({ pepper: Type.String({ minLength: 40 }) });

/** What auth keeps in the region's secret store; read through the platform's short-term cache. */
export interface AuthSecrets {
  /** Private keys; the first whose time has come signs, all are published. */
  signingKeys(): Promise<SigningKeys>;
  isAdmin(email: string): Promise<boolean>;
  /** The key of every MAC that auth stores: a stolen table alone lets nobody guess codes. */
  pepper(): Promise<Buffer>;
}

export function authSecretsFrom(secrets: Secrets): AuthSecrets {
  return {
    signingKeys: () => secrets.json('madeinworld/auth/signing-keys', SigningKeys),
    isAdmin: async (email) => (await secrets.json('madeinworld/auth/staff', Staff)).admins.some((admin) => admin.toLowerCase() === email),
    pepper: async () => Buffer.from((await secrets.json('madeinworld/auth/pepper', Pepper)).pepper, 'base64'),
  };
}
