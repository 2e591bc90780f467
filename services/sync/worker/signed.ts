import { randomBytes } from 'node:crypto';

import { Pool } from 'undici';

import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';

import type { SyncKeys } from '../keys.ts';
import { contentDigest, digestMatches } from '../protocol/digest.ts';
import { readSignature, signRequest, verifyResponse } from '../protocol/signature.ts';
import { answerCode, connectionCode } from './reasons.ts';

const LIFETIME_SECONDS = 60;
/** The receiver's time stands in an answer that is not signed: more than clocks are ever off is not believed. */
const MOST_SHIFT_MS = 600_000;

/** The peer did not acknowledge: nothing of the request counts as answered. `status` is its HTTP status, where there was one. */
export class NotAcknowledged extends Error {
  readonly status: number | undefined;
  /** A code of `reasons.ts`, or of the peer's problem document. */
  readonly reasonCode: string;
  constructor(reason: string, options: { status?: number; code?: string; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.name = 'NotAcknowledged';
    this.status = options.status;
    this.reasonCode = options.code ?? 'peer_error';
  }
}

/** The peer's answer to one request: status 200, signed by the peer for this very request. */
export interface SignedAnswer {
  /** Content-Digest of the request that it answers. */
  readonly digest: string;
  readonly nonce: string;
  readonly body: Buffer;
}

/** The peer's ingest over several keep-alive connections, by signed requests and signed answers. */
export interface SignedConnection {
  /** Posts `body` (zstd) as `type`. Throws NotAcknowledged for anything but a 200 that the peer signed for this very body. */
  post(path: string, type: string, body: Buffer, signal: AbortSignal): Promise<SignedAnswer>;
  /** Throws NotAcknowledged while the peer's ingest does not answer. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly keys: SyncKeys;
  readonly clock: Clock;
  readonly connections?: number;
  readonly timeoutMs?: number;
}

const header = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

export function connectSigned(options: ConnectionOptions): SignedConnection {
  const { keys, clock } = options;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const authority = new URL(options.url).host;
  const pool = new Pool(options.url, {
    connections: options.connections ?? 8,
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: 10_000 },
  });
  /** What to add to our clock so that the peer accepts `created`: learnt from its refusals. */
  let clockShiftMs = 0;

  async function request(path: string, method: 'GET' | 'POST', headers: Record<string, string>, body: Buffer | null, signal: AbortSignal) {
    try {
      const response = await pool.request({ path, method, headers, body, signal });
      return { status: response.statusCode, headers: response.headers, body: Buffer.from(await response.body.arrayBuffer()) };
    } catch (error) {
      throw new NotAcknowledged(`the border: ${messageOf(error)}`, { code: connectionCode(error), cause: error });
    }
  }

  async function postOnce(path: string, type: string, body: Buffer, digest: string, signal: AbortSignal) {
    const { keyId, key } = await keys.signing().catch((error: unknown) => {
      throw new NotAcknowledged(messageOf(error), { code: 'signing_key_unavailable', cause: error });
    });
    const created = Math.floor((clock.now() + clockShiftMs) / 1000);
    const nonce = randomBytes(16).toString('base64url');
    const covered = { 'content-digest': digest, 'content-type': type, 'content-encoding': 'zstd' };
    const signed = signRequest(
      { '@method': 'POST', '@authority': authority, '@path': path, '@query': '?', ...covered },
      { keyId, nonce, created, expires: created + LIFETIME_SECONDS },
      key,
    );
    return { ...(await request(path, 'POST', { ...signed, ...covered }, body, signal)), nonce };
  }

  async function postShifting(path: string, type: string, body: Buffer, digest: string, signal: AbortSignal) {
    const response = await postOnce(path, type, body, digest, signal);
    const receiverTime = Number(header(response.headers['x-receiver-time']));
    const shiftMs = receiverTime - clock.now();
    if (response.status !== 401 || !Number.isFinite(receiverTime) || Math.abs(shiftMs) > MOST_SHIFT_MS) return response;
    clockShiftMs = shiftMs;
    return postOnce(path, type, body, digest, signal);
  }

  return {
    async post(path, type, body, signal) {
      const digest = contentDigest(body);
      const response = await postShifting(path, type, body, digest, signal);
      if (response.status !== 200) {
        const code = answerCode(response.body.toString('utf8'));
        throw new NotAcknowledged(`the peer answered ${response.status}${code === 'peer_error' ? '' : ` ${code}`}`, {
          status: response.status,
          code,
        });
      }
      await checkSigned(response, digest);
      return { digest, nonce: response.nonce, body: response.body };
    },
    async probe(signal) {
      const response = await request('/livez', 'GET', {}, null, AbortSignal.any([signal, AbortSignal.timeout(5_000)]));
      if (response.status !== 200) throw new NotAcknowledged(`the peer answered ${response.status}`, { status: response.status });
    },
    close: () => pool.close(),
  };

  async function checkSigned(
    response: { headers: Record<string, string | string[] | undefined>; body: Buffer; nonce: string },
    requestDigest: string,
  ): Promise<void> {
    const digest = header(response.headers['content-digest']) ?? '';
    const signature = readSignature({
      signature: header(response.headers['signature']),
      'signature-input': header(response.headers['signature-input']),
    });
    const key = signature === undefined ? undefined : await keys.peer(signature.keyId);
    const components = {
      '@status': '200',
      'content-digest': digest,
      'content-type': header(response.headers['content-type']) ?? '',
      'content-digest;req': requestDigest,
    };
    if (
      signature === undefined ||
      key === undefined ||
      signature.nonce !== response.nonce ||
      !digestMatches(digest, response.body) ||
      !verifyResponse(components, signature, key)
    ) {
      throw new NotAcknowledged('the answer is not signed by the peer', { status: 200, code: 'answer_unsigned' });
    }
  }
}
