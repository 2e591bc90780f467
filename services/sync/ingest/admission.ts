import type { FastifyReply, FastifyRequest } from 'fastify';

import type { App } from '#platform/app.ts';
import type { Clock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';

import type { SyncKeys } from '../keys.ts';
import { digestMatches } from '../protocol/digest.ts';
import { verifySignature, type Verified } from './verify.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** A request that came through an admission. */
    admitted: Admitted | undefined;
  }
}

interface Admitted {
  readonly verified: Verified;
  /** Its place is given back when its work has ended and its answer is out, or its sender gone. */
  working: boolean;
  closed: boolean;
}

export interface Admission {
  /** An `onRequest` hook: it refuses before anything of the body is read. */
  readonly enter: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Does the work of an admitted request whose body has come, which has to be the one that was signed. Throws where the sender has gone meanwhile. */
  work<Result>(
    request: FastifyRequest,
    reply: FastifyReply,
    type: string,
    work: (verified: Verified, body: Buffer) => Promise<Result>,
  ): Promise<Result>;
}

/** Prepares an app for admissions. */
export function addAdmissions(app: App): void {
  app.decorateRequest('admitted', undefined);
}

/** Who has gone comes again: the same work is not done beside its repetition. */
export function assertThere(reply: FastifyReply): void {
  if (reply.raw.destroyed || reply.raw.closed) throw new AppError('unavailable', { detail: 'The sender has gone.' });
}

/**
 * Lets in who signed, and of them `most` at once, from their first byte until their work has ended and they are answered or gone; the others are to come
 * again after a second. Strangers take no place. The signature has to be in force when the request comes, however long its body takes.
 */
export function createAdmission(deps: { readonly keys: SyncKeys; readonly clock: Clock }, most: number): Admission {
  let inside = 0;
  const leaveWhenOver = (admitted: Admitted): void => {
    if (admitted.closed && !admitted.working) inside -= 1;
  };
  return {
    async enter(request, reply) {
      const verified = await verifySignature(request, deps.keys, deps.clock.now());
      assertThere(reply);
      if (inside >= most) throw new AppError('unavailable', { headers: { 'retry-after': '1' } });
      inside += 1;
      const admitted: Admitted = { verified, working: false, closed: false };
      request.admitted = admitted;
      reply.raw.once('close', () => {
        admitted.closed = true;
        leaveWhenOver(admitted);
      });
    },
    async work({ admitted, body }, reply, type, work) {
      if (admitted === undefined) throw new AppError('signature_missing');
      assertThere(reply);
      if (!Buffer.isBuffer(body)) throw new AppError('unsupported_media_type', { detail: `Send ${type}.` });
      if (!digestMatches(admitted.verified.digest, body)) throw new AppError('digest_mismatch');
      admitted.working = true;
      try {
        return await work(admitted.verified, body);
      } finally {
        admitted.working = false;
        leaveWhenOver(admitted);
      }
    },
  };
}
