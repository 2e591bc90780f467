import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { MnsError } from './errors.ts';

export interface SignatureDeps {
  readonly secretKeyOf: (accessKeyId: string) => string | undefined;
  readonly nowMs: () => number;
}

/** What a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** As it came: some clients sign percent-escaped handles and some do not, so nothing is re-encoded. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

const SKEW_MS = 15 * 60_000;
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/**
 * The signature of a request, in Base64, with `date` in its date line.
 * Source: https://www.alibabacloud.com/help/en/message-service/latest/sign-requests
 */
export function signRequest(request: SignedRequest, date: string, secretKey: string): string {
  const { headers } = request;
  let mnsHeaders = '';
  const names = Object.keys(headers).filter((name) => name.startsWith('x-mns-'));
  for (const name of names.sort()) mnsHeaders += `${name}:${one(headers, name) ?? ''}\n`;
  const text = `${request.method}\n${one(headers, 'content-md5') ?? ''}\n${headers['content-type'] ?? ''}\n${date}\n${mnsHeaders}${request.target}`;
  return createHmac('sha1', secretKey).update(text).digest('base64');
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Verifies date and signature. `x-mns-date` replaces `Date` for clients that cannot set the latter;
 * with both, either may stand in the signature's date line. Throws `MnsError`.
 */
export function verifySignature(request: SignedRequest, deps: SignatureDeps): void {
  const { headers } = request;
  if (headers.authorization === undefined) {
    throw new MnsError('MissingAuthorizationHeader', 'Authorization header is required.');
  }
  const [, accessKeyId, signature] = /^MNS ([^:\s]+):([A-Za-z0-9+/]+=*)$/.exec(headers.authorization) ?? [];
  if (!accessKeyId || !signature) {
    throw new MnsError('InvalidAuthorizationHeader', 'The Authorization header format is invalid.');
  }
  const dates = [one(headers, 'x-mns-date'), headers.date].filter((date) => date !== undefined);
  const [date] = dates;
  if (date === undefined) throw new MnsError('MissingDateHeader', 'Date header is required.');
  const dateMs = HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(dateMs)) throw new MnsError('InvalidDateHeader', 'The Date header format is invalid.');
  if (Math.abs(deps.nowMs() - dateMs) > SKEW_MS) {
    throw new MnsError('TimeExpired', 'The http request you sent is expired.');
  }
  const secretKey = deps.secretKeyOf(accessKeyId);
  if (secretKey === undefined) throw new MnsError('InvalidAccessKeyId', 'The AccessKey Id you provided does not exist.');
  if (!dates.some((candidate) => same(signRequest(request, candidate, secretKey), signature))) {
    throw new MnsError('SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.');
  }
}

/**
 * Verifies Content-MD5 if it was sent. Clients have two conventions: Base64 of the digest, and
 * Base64 of the digest's hexadecimal text. Throws `MnsError` InvalidDegist.
 */
export function verifyDigest(headers: IncomingHttpHeaders, body: Buffer): void {
  const given = one(headers, 'content-md5');
  if (given === undefined) return;
  const digest = createHash('md5').update(body).digest();
  if (given === digest.toString('base64') || given === Buffer.from(digest.toString('hex')).toString('base64')) return;
  throw new MnsError('InvalidDegist', 'The Content-MD5 you specified does not match the body.');
}
