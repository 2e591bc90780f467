import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

import { Pool } from 'undici';

import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';

import type { SyncKeys } from '../keys.ts';
import { BATCH_TYPE, readAnswer, writeBatch, type EntityItems, type ItemResult } from '../protocol/body.ts';
import { contentDigest, digestMatches } from '../protocol/digest.ts';
import { readSignature, signRequest, verifyResponse } from '../protocol/signature.ts';

const compress = promisify(zstdCompress);
const APPLY_PATH = '/sync/v1/apply';
const LIFETIME_SECONDS = 60;

/** The peer did not acknowledge: nothing of the batch counts as answered. `status` is its HTTP status, where there was one. */
export class NotAcknowledged extends Error {
  readonly status: number | undefined;
  constructor(reason: string, options: { status?: number; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.name = 'NotAcknowledged';
    this.status = options.status;
  }
}

export interface Peer {
  /** Posts a batch; answers every item, in order. Throws NotAcknowledged for anything but a well-formed, signed answer to this very body. */
  apply(groups: readonly EntityItems[], signal: AbortSignal): Promise<ItemResult[]>;
  /** Throws NotAcknowledged while the peer's ingest does not answer. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const header = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** The peer's ingest, over several keep-alive connections: a slow border is filled by many requests under way, not by large ones. */
export function connectPeer(options: {
  url: string;
  region: string;
  keys: SyncKeys;
  clock: Clock;
  connections?: number;
  timeoutMs?: number;
}): Peer {
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
      throw new NotAcknowledged(`the border: ${messageOf(error)}`, { cause: error });
    }
  }

  async function post(body: Buffer, digest: string, signal: AbortSignal) {
    const { keyId, key } = await keys.signing();
    const created = Math.floor((clock.now() + clockShiftMs) / 1000);
    const nonce = randomBytes(16).toString('base64url');
    const signed = signRequest(
      {
        '@method': 'POST',
        '@authority': authority,
        '@path': APPLY_PATH,
        '@query': '?',
        'content-digest': digest,
        'content-type': BATCH_TYPE,
        'content-encoding': 'zstd',
      },
      { keyId, nonce, created, expires: created + LIFETIME_SECONDS },
      key,
    );
    const headers = { ...signed, 'content-digest': digest, 'content-type': BATCH_TYPE, 'content-encoding': 'zstd' };
    return { ...(await request(APPLY_PATH, 'POST', headers, body, signal)), nonce };
  }

  async function postShifting(body: Buffer, digest: string, signal: AbortSignal) {
    const response = await post(body, digest, signal);
    const receiverTime = Number(header(response.headers['x-receiver-time']));
    if (response.status !== 401 || !Number.isFinite(receiverTime) || receiverTime <= 0) return response;
    clockShiftMs = receiverTime - clock.now();
    return post(body, digest, signal);
  }

  return {
    async apply(groups, signal) {
      const count = groups.reduce((sum, group) => sum + group.items.length, 0);
      const body = await compress(Buffer.from(writeBatch(`madeinworld/${options.region}`, groups)), {
        params: { [constants.ZSTD_c_compressionLevel]: 3 },
      });
      const digest = contentDigest(body);
      const response = await postShifting(body, digest, signal);
      if (response.status !== 200) {
        throw new NotAcknowledged(`the peer answered ${response.status} ${codeIn(response.body)}`.trim(), { status: response.status });
      }
      await checkSigned(response, digest);
      const results = readAnswer(response.body.toString('utf8'), digest, count);
      if (results === undefined) throw new NotAcknowledged('the peer answered something that is no answer to this batch', { status: 200 });
      return results;
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
      throw new NotAcknowledged('the answer is not signed by the peer', { status: 200 });
    }
  }
}

/** The problem code of an error answer, for the log and the stalled direction's reason. */
function codeIn(body: Buffer): string {
  try {
    const problem: unknown = JSON.parse(body.toString('utf8'));
    if (typeof problem === 'object' && problem !== null && 'code' in problem && typeof problem.code === 'string') return problem.code;
  } catch {
    // Not a problem document: the status alone has to do.
  }
  return '';
}
