import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WholeRequest } from '../http-server/answering-server.ts';
import { KmsError } from './errors.ts';

/** Remembers the nonces of the requests that are still inside the date window. */
export interface Nonces {
  /** Says whether the nonce is new, and keeps it. */
  use(nonce: string, nowMs: number): boolean;
}

export interface Acs3Deps {
  readonly secretKeyOf: (accessKeyId: string) => string | undefined;
  readonly nowMs: () => number;
  readonly nonces: Nonces;
}

/** How far a request's date may be off. */
const SKEW_MS = 15 * 60_000;
/** A request accepted at one end of the window can be replayed until its other end. */
const NONCE_LIFE_MS = 2 * SKEW_MS;

const sha256Hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** RFC 3986: unlike `encodeURIComponent` it escapes `!'()*` too. */
function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Splits a raw query into decoded pairs. Throws `KmsError` when an escape is broken. */
export function parseQuery(query: string): [string, string][] {
  try {
    return query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        const [key, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
        return [decodeURIComponent(key), decodeURIComponent(value)];
      });
  } catch {
    throw new KmsError(400, 'InvalidParameter', 'The query has a broken percent escape.');
  }
}

/** Creates an empty memory of nonces, which forgets them when no request with them could be accepted any more. */
export function createNonces(): Nonces {
  const seenAtMs = new Map<string, number>();
  return {
    use(nonce, nowMs) {
      // A Map keeps the order of insertion, so the oldest come first.
      for (const [old, atMs] of seenAtMs) {
        if (nowMs - atMs <= NONCE_LIFE_MS) break;
        seenAtMs.delete(old);
      }
      if (seenAtMs.has(nonce)) return false;
      seenAtMs.set(nonce, nowMs);
      return true;
    },
  };
}

function header(request: WholeRequest, name: string): string {
  const value = request.headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim();
}

function canonicalRequest(request: WholeRequest, signedHeaders: readonly string[]): string {
  const at = request.target.indexOf('?');
  const [path, query] = at < 0 ? [request.target, ''] : [request.target.slice(0, at), request.target.slice(at + 1)];
  const pairs = parseQuery(query).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return [
    request.method,
    path,
    pairs.map(([key, value]) => `${encodeRfc3986(key)}=${encodeRfc3986(value)}`).join('&'),
    ...signedHeaders.map((name) => `${name}:${header(request, name)}`),
    '',
    signedHeaders.join(';'),
    sha256Hex(request.body),
  ].join('\n');
}

/**
 * Verifies an ACS3-HMAC-SHA256 request: key, body hash, date, signature, and that its nonce is new.
 * Throws `KmsError`. Source: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */
export function verifyAcs3(request: WholeRequest, deps: Acs3Deps): void {
  const match = /^ACS3-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/.exec(
    header(request, 'authorization'),
  );
  const [, accessKeyId, names, signature] = match ?? [];
  if (!accessKeyId || !names || !signature) {
    throw new KmsError(400, 'IncompleteSignature', 'The request signature does not conform to Aliyun standards.');
  }
  const signedHeaders = names.split(';');
  for (const name of ['host', 'x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-signature-nonce', 'x-acs-content-sha256']) {
    if (!signedHeaders.includes(name) || header(request, name) === '') {
      throw new KmsError(400, 'IncompleteSignature', `The header ${name} is missing or not signed.`);
    }
  }
  const secret = deps.secretKeyOf(accessKeyId);
  if (secret === undefined) throw new KmsError(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
  const date = header(request, 'x-acs-date');
  const dateMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(dateMs)) throw new KmsError(400, 'InvalidTimeStamp.Format', 'Specified time stamp or date value is not well formatted.');
  const nowMs = deps.nowMs();
  if (Math.abs(nowMs - dateMs) > SKEW_MS)
    throw new KmsError(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
  if (header(request, 'x-acs-content-sha256') !== sha256Hex(request.body)) {
    throw new KmsError(400, 'SignatureDoesNotMatch', 'The header x-acs-content-sha256 is not the hash of the body.');
  }
  const expected = createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${sha256Hex(canonicalRequest(request, signedHeaders))}`)
    .digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new KmsError(400, 'SignatureDoesNotMatch', 'Specified signature is not matched with our calculation.');
  }
  if (!deps.nonces.use(`${accessKeyId}:${header(request, 'x-acs-signature-nonce')}`, nowMs)) {
    throw new KmsError(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
  }
}
