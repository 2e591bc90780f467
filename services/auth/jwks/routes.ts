import { JsonWebKeySet } from '#contracts/auth.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import type { AuthDeps } from '../deps.ts';
import { publicKeysOf } from './keys.ts';

export function registerJwks(app: App, deps: AuthDeps): void {
  const keys = operation({
    id: 'listKeys',
    summary: 'The public keys of access tokens (RFC 7517)',
    access: { roles: 'anyone', token: 'ignored' },
    request: {},
    answers: { 200: JsonWebKeySet },
    errors: [],
    example: {
      answer: {
        keys: [{ kid: '2026-03', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', alg: 'EdDSA', use: 'sig' }],
      },
    },
  });
  app.get('/v1/auth/jwks.json', keys, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(publicKeysOf(await deps.secrets.signingKeys())),
  );
}
