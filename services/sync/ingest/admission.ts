import type { FastifyReply, FastifyRequest } from 'fastify';

import type { App } from '#platform/app.ts';
import type { Clock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';

import type { SyncKeys } from '../keys.ts';
import { digestMatches } from '../protocol/digest.ts';
import { verifySignature, type Verified } from './verify.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The signature of a request that came through an admission. */
    verified: Verified | undefined;
  }
}

/** An `onRequest` hook: it refuses before anything of the body is read. */
export type Admission = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Prepares an app for admissions. */
export function addAdmissions(app: App): void {
  app.decorateRequest('verified', undefined);
}

/**
 * Lets in who signed, and of them `most` at once, from their first byte until they are answered or gone; the others are to come again after a second. So
 * neither strangers nor a herd of peers takes more memory than `most` bodies. The signature has to be in force when the request comes, however long its body takes.
 */
export function createAdmission(deps: { readonly keys: SyncKeys; readonly clock: Clock }, most: number): Admission {
  let inside = 0;
  return async (request, reply) => {
    if (inside >= most) throw new AppError('unavailable', { headers: { 'retry-after': '1' } });
    inside += 1;
    reply.raw.once('close', () => (inside -= 1));
    request.verified = await verifySignature(request, deps.keys, deps.clock.now());
  };
}

/** The signature of an admitted request whose body has come: it has to be the one that was signed. */
export function verifiedBody({ verified, body }: FastifyRequest, type: string): { readonly verified: Verified; readonly body: Buffer } {
  if (!Buffer.isBuffer(body)) throw new AppError('unsupported_media_type', { detail: `Send ${type}.` });
  if (verified === undefined) throw new AppError('signature_missing');
  if (!digestMatches(verified.digest, body)) throw new AppError('digest_mismatch');
  return { verified, body };
}
