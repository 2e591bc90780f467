import type { App } from '#platform/app.ts';

import type { AuthDeps } from '../deps.ts';
import { publicKeysOf } from './keys.ts';

export function registerJwks(app: App, deps: AuthDeps): void {
  app.get('/v1/auth/jwks.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(publicKeysOf(await deps.secrets.signingKeys())),
  );
}
