import { Readable } from 'node:stream';

import type { FastifyRequest, RequestPayload } from 'fastify';

import { Bounce } from '#contracts/notification.ts';
import type { App } from '#platform/app.ts';
import { systemClock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import { operation } from '#platform/routes/operation.ts';

import type { NotificationDeps } from '../deps.ts';
import { bounceExample } from '../examples.ts';
import { recordBounce } from './service.ts';
import { signatureFault, SIGNATURE_HEADER } from './signature.ts';

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

/** What the mail provider tells of addresses. Its signature is checked over the bytes as they came, before anything reads them. */
export function registerBounces(app: App, deps: NotificationDeps): void {
  const bounce = operation({
    id: 'receiveBounce',
    summary: 'An address that took no mail, or whose owner complained: it gets none from now on',
    access: { roles: 'anyone', otherwise: `and signed by the mail provider, in the header ${SIGNATURE_HEADER}` },
    request: { body: Bounce },
    answers: { 204: null },
    errors: ['signature_missing', 'signature_invalid', 'signature_clock'],
    example: { body: bounceExample },
  });
  const verify = async (request: FastifyRequest, _reply: unknown, payload: RequestPayload): Promise<RequestPayload> => {
    const body = await readAll(payload);
    const fault = signatureFault(await deps.secrets.webhookSecret(), request.headers[SIGNATURE_HEADER], body, systemClock.now());
    if (fault !== undefined) throw new AppError(fault);
    return Object.assign(Readable.from([body]), { receivedEncodedLength: body.length });
  };
  app.post('/v1/notifications/bounces', { ...bounce, preParsing: verify }, async (request, reply) => {
    await recordBounce(deps, request.body);
    return reply.code(204).send();
  });
}
