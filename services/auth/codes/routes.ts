import { CodeRequest } from '#contracts/auth.ts';
import type { App } from '#platform/app.ts';
import { clientAddressOf } from '#platform/client-address.ts';

import type { AuthDeps } from '../deps.ts';
import { requestCode } from './service.ts';

export function registerCodes(app: App, deps: AuthDeps): void {
  app.post('/v1/auth/codes', { schema: { body: CodeRequest } }, async (request, reply) => {
    const answer = await requestCode(deps, request.body.email, clientAddressOf(request));
    return reply.code(202).header('cache-control', 'no-store').send(answer);
  });
}
