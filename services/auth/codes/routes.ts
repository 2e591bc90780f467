import { CodeRequest, CodeRequested } from '#contracts/auth.ts';
import type { App } from '#platform/app.ts';
import { sendIdempotent } from '#platform/idempotency/with-idempotency.ts';
import { operation } from '#platform/routes/operation.ts';

import { clientOf } from '../client/client.ts';
import type { AuthDeps } from '../deps.ts';
import { issueCode } from './issue.ts';
import { sendOnce } from './once.ts';

export function registerCodes(app: App, deps: AuthDeps): void {
  const ask = operation({
    id: 'requestCode',
    summary: 'Sends a code to sign in with, by mail or by text message; answers alike for every address and number',
    access: { roles: 'anyone', token: 'ignored' },
    request: { body: CodeRequest },
    answers: { 202: CodeRequested },
    errors: ['sms_unavailable'],
    example: {
      body: { email: 'ada@example.org' },
      answer: { challengeId: '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11', expiresInSeconds: 600 },
    },
    needs: ['idempotency-key'],
  });
  app.post('/v1/auth/codes', ask, async (request, reply) => {
    const client = clientOf(request, deps.region);
    const answer = await sendOnce(deps, request, { client }, () => issueCode(deps, request.body, client));
    return sendIdempotent(reply.header('cache-control', 'no-store'), answer);
  });
}
