import { Bounce } from '#contracts/notification.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { signatureErrors, signatureHeader, verifySigned } from '#platform/webhooks/verify.ts';

import type { NotificationDeps } from '../deps.ts';
import { bounceExample } from '../examples.ts';
import { recordBounce } from './service.ts';

/** The header of what the mail provider tells: platform/webhooks/signature.ts. */
export const SIGNATURE_HEADER = 'notification-signature';

/** What the mail provider tells of addresses. */
export function registerBounces(app: App, deps: NotificationDeps): void {
  const bounce = operation({
    id: 'receiveBounce',
    summary: 'An address that took no mail, or whose owner complained: it gets none from now on',
    access: { roles: 'anyone', otherwise: `and signed by the mail provider, in the header ${SIGNATURE_HEADER}` },
    reads: { [SIGNATURE_HEADER]: signatureHeader },
    request: { body: Bounce },
    answers: { 204: null },
    errors: [...signatureErrors],
    example: { body: bounceExample },
  });
  app.post(
    '/v1/notifications/bounces',
    { ...bounce, preParsing: verifySigned(SIGNATURE_HEADER, deps.secrets.webhookSecret) },
    async (request, reply) => {
      await recordBounce(deps, request.body);
      return reply.code(204).send();
    },
  );
}
