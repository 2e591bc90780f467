import type { FastifyReply } from 'fastify';

import type { Clock } from '#platform/clock.ts';

import type { SyncKeys } from '../keys.ts';
import { contentDigest } from '../protocol/digest.ts';
import { MAX_LIFETIME_SECONDS, signResponse } from '../protocol/signature.ts';
import type { Verified } from './verify.ts';

/** Sends `body` as the answer to the request that was `verified`: signed, and bound to that request's digest and nonce. */
export async function sendSigned(
  deps: { readonly keys: SyncKeys; readonly clock: Clock },
  reply: FastifyReply,
  { signature, digest }: Verified,
  body: Buffer,
  type: string,
): Promise<FastifyReply> {
  const answerDigest = contentDigest(body);
  const own = await deps.keys.signing();
  const created = Math.floor(deps.clock.now() / 1000);
  const signed = signResponse(
    { '@status': '200', 'content-digest': answerDigest, 'content-type': type, 'content-digest;req': digest },
    { keyId: own.keyId, nonce: signature.nonce, created, expires: created + MAX_LIFETIME_SECONDS },
    own.key,
  );
  return reply.headers({ ...signed, 'content-digest': answerDigest, 'content-type': type }).send(body);
}
