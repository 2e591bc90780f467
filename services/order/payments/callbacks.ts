import { Readable } from 'node:stream';

import type { FastifyRequest, RequestPayload } from 'fastify';

import { systemClock } from '#platform/clock.ts';
import type { App } from '#platform/app.ts';
import { AppError } from '#platform/errors.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import type { OrderDeps } from '../deps.ts';
import { callbackExample } from '../examples.ts';
import { recordOutcome } from './service.ts';
import { signatureFault, SIGNATURE_HEADER } from './signature.ts';
import { PaymentCallback } from './wire.ts';

const MOST_BYTES = 16 * 1024;

async function readAll(payload: RequestPayload): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MOST_BYTES) throw new AppError('body_too_large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** What the provider tells by itself. Its signature is checked over the bytes as they came, before anything reads them. */
export function registerCallbacks(app: App, deps: OrderDeps): void {
  const callback = operation({
    id: 'receivePaymentCallback',
    summary: 'What became of a payment, told by the provider; told again, it is no news',
    access: { roles: 'anyone', otherwise: `and signed by the provider, in the header ${SIGNATURE_HEADER}` },
    request: { body: PaymentCallback },
    answers: { 204: null },
    errors: ['signature_missing', 'signature_invalid', 'signature_clock', 'not_found'],
    example: { body: callbackExample },
  });
  const verify = async (request: FastifyRequest, _reply: unknown, payload: RequestPayload): Promise<RequestPayload> => {
    const body = await readAll(payload);
    const fault = signatureFault(await deps.callbackSecret(), request.headers[SIGNATURE_HEADER], body, systemClock.now());
    if (fault !== undefined) throw new AppError(fault);
    return Object.assign(Readable.from([body]), { receivedEncodedLength: body.length });
  };
  app.post('/v1/payments/callbacks', { ...callback, preParsing: verify }, async (request, reply) => {
    await recordOutcome(deps, request.body.paymentId, request.body.outcome, 'provider');
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return reply.code(204).send();
  });
}
