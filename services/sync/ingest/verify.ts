import type { FastifyRequest } from 'fastify';

import { AppError } from '#platform/errors.ts';

import type { SyncKeys } from '../keys.ts';
import { isInForce, readSignature, verifyRequest, type ReceivedSignature } from '../protocol/signature.ts';

const one = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

export interface Verified {
  readonly signature: ReceivedSignature;
  readonly digest: string;
}

/**
 * Checks key, signature and time of a request, each with an error of its own, by its head alone. A refusal for the clock's sake carries our time, so that a
 * peer whose clock is off can shift `created`. That the body is the one of the digest is checked when it has come; the nonce in the transaction that applies the batch.
 */
export async function verifySignature(
  request: Pick<FastifyRequest, 'headers' | 'method' | 'raw'>,
  keys: SyncKeys,
  nowMs: number,
): Promise<Verified> {
  const { headers } = request;
  const digest = one(headers['content-digest']);
  if (digest === undefined) throw new AppError('digest_mismatch');
  const signature = readSignature({ signature: one(headers.signature), 'signature-input': one(headers['signature-input']) });
  if (signature === undefined) throw new AppError('signature_missing');
  const key = await keys.peer(signature.keyId);
  if (key === undefined) throw new AppError('signing_key_unknown');
  const [path = '', query] = request.raw.url?.split('?', 2) ?? [];
  const components = {
    '@method': request.method,
    '@authority': (headers.host ?? '').toLowerCase(),
    '@path': path,
    '@query': `?${query ?? ''}`,
    'content-digest': digest,
    'content-type': headers['content-type'] ?? '',
    'content-encoding': headers['content-encoding'] ?? '',
  };
  if (!verifyRequest(components, signature, key)) throw new AppError('signature_invalid');
  if (!isInForce(signature, nowMs / 1000)) throw new AppError('signature_clock', { headers: { 'x-receiver-time': String(nowMs) } });
  return { signature, digest };
}
