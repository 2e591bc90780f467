import { Readable } from 'node:stream';

import type { FastifyRequest, RequestPayload } from 'fastify';
import { Type } from 'typebox';

import { systemClock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { signatureFault } from './signature.ts';

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

/** The codes that a route behind `verifySigned` may answer: to be declared as its errors. */
export const signatureErrors = ['signature_missing', 'signature_invalid', 'signature_clock'] as const;

/** What such a route declares of the header. */
export const signatureHeader = Type.String({
  description: 'When it was signed, and the HMAC-SHA-256 of that, a dot and the body: t=SECONDS,v1=HEX',
});

/**
 * A `preParsing` hook of a route that a provider calls: lets in what is signed in `header` with what `secret` answers, over the bytes as they came, before anything reads
 * them. Throws AppError `signature_missing`, `signature_invalid`, `signature_clock`, and `body_too_large` above 16 KiB.
 */
export function verifySigned(
  header: string,
  secret: () => Promise<string>,
): (request: FastifyRequest, reply: unknown, payload: RequestPayload) => Promise<RequestPayload> {
  return async (request, _reply, payload) => {
    const body = await readAll(payload);
    const fault = signatureFault(await secret(), request.headers[header], body, systemClock.now());
    if (fault !== undefined) throw new AppError(fault);
    return Object.assign(Readable.from([body]), { receivedEncodedLength: body.length });
  };
}
