import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';
import { signatureErrors, signatureHeader, verifySigned } from '#platform/webhooks/verify.ts';

import type { OrderDeps } from '../deps.ts';
import { callbackExample } from '../examples.ts';
import { recordOutcome } from './service.ts';
import { PaymentCallback, SIGNATURE_HEADER } from './wire.ts';

/** What the provider tells by itself. */
export function registerCallbacks(app: App, deps: OrderDeps): void {
  const callback = operation({
    id: 'receivePaymentCallback',
    summary: 'What became of a payment, told by the provider; told again, it is no news',
    access: { roles: 'anyone', otherwise: `and signed by the provider, in the header ${SIGNATURE_HEADER}` },
    reads: { [SIGNATURE_HEADER]: signatureHeader },
    request: { body: PaymentCallback },
    answers: { 204: null },
    errors: [...signatureErrors, 'not_found'],
    example: { body: callbackExample },
  });
  app.post(
    '/v1/payments/callbacks',
    { ...callback, preParsing: verifySigned(SIGNATURE_HEADER, deps.callbackSecret) },
    async (request, reply) => {
      await recordOutcome(deps, request.body.paymentId, request.body.outcome, 'provider');
      await deps.publisher.afterCommit(traceparentOf(request.trace));
      return reply.code(204).send();
    },
  );
}
