import type { SyncKeys } from '../keys.ts';
import { digestMatches } from '../protocol/digest.ts';
import { readSignature, verifyResponse } from '../protocol/signature.ts';
import { NotAcknowledged } from './not-acknowledged.ts';

export interface ReceivedAnswer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Of the request that it should answer. */
  readonly nonce: string;
}

/** Throws unless the peer has signed this answer for the request of `nonce` and `requestDigest`. */
export async function checkSigned(keys: SyncKeys, response: ReceivedAnswer, requestDigest: string): Promise<void> {
  const one = (name: string): string | undefined => {
    const value = response.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const digest = one('content-digest') ?? '';
  const signature = readSignature({ signature: one('signature'), 'signature-input': one('signature-input') });
  const key = signature === undefined ? undefined : await keys.peer(signature.keyId);
  const components = {
    '@status': '200',
    'content-digest': digest,
    'content-type': one('content-type') ?? '',
    'content-digest;req': requestDigest,
  };
  if (
    signature === undefined ||
    key === undefined ||
    signature.nonce !== response.nonce ||
    !digestMatches(digest, response.body) ||
    !verifyResponse(components, signature, key)
  ) {
    throw new NotAcknowledged('answer', 'the answer is not signed by the peer', { status: 200, code: 'answer_unsigned' });
  }
}
