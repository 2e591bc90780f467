import { randomBytes } from 'node:crypto';

import { Pool } from 'undici';

import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';

import type { SyncKeys } from '../keys.ts';
import { contentDigest } from '../protocol/digest.ts';
import { signRequest } from '../protocol/signature.ts';
import { isSpoken, readProblem, readVersions, VERSIONS_PATH } from '../protocol/versions.ts';
import { checkSigned } from './check-answer.ts';
import { borderFailure, NotAcknowledged, refusal, unspoken } from './not-acknowledged.ts';

const LIFETIME_SECONDS = 60;
/** The receiver's time stands in an answer that is not signed: more than clocks are ever off is not believed. */
const MOST_SHIFT_MS = 600_000;
const PROBE_TIMEOUT_MS = 5_000;

/** The peer's answer to one request: status 200, signed by the peer for this very request. */
export interface SignedAnswer {
  /** Content-Digest of the request that it answers. */
  readonly digest: string;
  readonly nonce: string;
  readonly body: Buffer;
  /** How long the peer says that it worked on it (Server-Timing); 0 where it says nothing. Not signed: good for tuning only. */
  readonly peerMs: number;
}

/** The peer's ingest over several keep-alive connections, by signed requests and signed answers. */
export interface SignedConnection {
  /** Posts `body` (zstd) as `type`. Throws NotAcknowledged for anything but a 200 that the peer signed for this very body. */
  post(path: string, type: string, body: Buffer, signal: AbortSignal, options?: SignedOptions): Promise<SignedAnswer>;
  /** Throws NotAcknowledged while the peer's ingest does not answer, or speaks no version of ours. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface SignedOptions {
  /** Instead of the connection's own. It ends the connection: what is given up is not under way beside its repetition. */
  readonly timeoutMs?: number;
  /** Sent along, unsigned. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly keys: SyncKeys;
  readonly clock: Clock;
  readonly connections?: number;
  /** Requests that one connection carries at a time (HTTP/1.1 pipelining). */
  readonly requestsAFlow?: number;
  readonly timeoutMs?: number;
}

const header = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** The `apply` entry of a Server-Timing header (W3C Server Timing), milliseconds. */
function peerMsIn(timing: string | undefined): number {
  const found = /(?:^|,)\s*apply;dur=([0-9.]{1,12})/.exec(timing ?? '')?.[1];
  return found === undefined ? 0 : Number(found);
}

interface Request {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly timeoutMs: number;
}

export function connectSigned(options: ConnectionOptions): SignedConnection {
  const { keys, clock } = options;
  const usualTimeoutMs = options.timeoutMs ?? 60_000;
  const authority = new URL(options.url).host;
  const pool = new Pool(options.url, {
    connections: options.connections ?? 8,
    pipelining: options.requestsAFlow ?? 1,
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
  });
  /** What to add to our clock so that the peer accepts `created`: learnt from its refusals. */
  let clockShiftMs = 0;

  async function request({ timeoutMs, ...rest }: Request, signal: AbortSignal) {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await pool.request({ ...rest, idempotent: true, blocking: false, signal: AbortSignal.any([signal, limit]) });
      return { status: response.statusCode, headers: response.headers, body: Buffer.from(await response.body.arrayBuffer()) };
    } catch (error) {
      throw borderFailure(error, limit.aborted && !signal.aborted);
    }
  }

  async function postOnce(path: string, type: string, body: Buffer, digest: string, signal: AbortSignal, how: SignedOptions) {
    const { keyId, key } = await keys.signing().catch((error: unknown) => {
      throw new NotAcknowledged('answer', messageOf(error), { code: 'signing_key_unavailable', cause: error });
    });
    const created = Math.floor((clock.now() + clockShiftMs) / 1000);
    const nonce = randomBytes(16).toString('base64url');
    const covered = { 'content-digest': digest, 'content-type': type, 'content-encoding': 'zstd' };
    const signed = signRequest(
      { '@method': 'POST', '@authority': authority, '@path': path, '@query': '?', ...covered },
      { keyId, nonce, created, expires: created + LIFETIME_SECONDS },
      key,
    );
    const headers = { ...how.headers, ...signed, ...covered };
    return { ...(await request({ path, method: 'POST', headers, body, timeoutMs: how.timeoutMs ?? usualTimeoutMs }, signal)), nonce };
  }

  async function postShifting(path: string, type: string, body: Buffer, digest: string, signal: AbortSignal, how: SignedOptions) {
    const response = await postOnce(path, type, body, digest, signal, how);
    const receiverTime = Number(header(response.headers['x-receiver-time']));
    // The connection broke and the request went out twice: what is applied twice is applied once, but a nonce serves one request.
    if (response.status === 401 && readProblem(response.body).code === 'signature_replayed')
      return postOnce(path, type, body, digest, signal, how);
    const shiftMs = receiverTime - clock.now();
    if (response.status !== 401 || !Number.isFinite(receiverTime) || Math.abs(shiftMs) > MOST_SHIFT_MS) return response;
    clockShiftMs = shiftMs;
    return postOnce(path, type, body, digest, signal, how);
  }

  return {
    async post(path, type, body, signal, how = {}) {
      const digest = contentDigest(body);
      const response = await postShifting(path, type, body, digest, signal, how);
      if (response.status !== 200) throw refusal(response.status, readProblem(response.body), header(response.headers['retry-after']));
      await checkSigned(keys, response, digest);
      return { digest, nonce: response.nonce, body: response.body, peerMs: peerMsIn(header(response.headers['server-timing'])) };
    },
    async probe(signal) {
      const response = await request({ path: VERSIONS_PATH, method: 'GET', headers: {}, body: null, timeoutMs: PROBE_TIMEOUT_MS }, signal);
      // A node of version 1.0 has no such path, but it is there.
      if (response.status === 404) return;
      if (response.status !== 200) throw refusal(response.status, readProblem(response.body), undefined);
      const spoken = readVersions(response.body);
      if (spoken === undefined)
        throw new NotAcknowledged('answer', 'what answers there is no ingest', { status: 200, code: 'answer_malformed' });
      if (!spoken.some(isSpoken)) throw unspoken(spoken, response.status);
    },
    close: () => pool.close(),
  };
}
