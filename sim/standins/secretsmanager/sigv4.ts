import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WholeRequest } from '../http-server/answering-server.ts';
import { AwsError } from './errors.ts';

export interface SigV4Deps {
  readonly secretKeyOf: (accessKeyId: string) => string | undefined;
  readonly nowMs: () => number;
  readonly service: string;
}

/** How far a request's date may be off; AWS allows the same. */
const SKEW_MS = 5 * 60_000;

interface Authorization {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const sha256Hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

function parseAuthorization(header: string): Authorization {
  const match = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(header);
  const [accessKeyId, day, region, service, terminator] = match?.[1]?.split('/') ?? [];
  const [, , names, signature] = match ?? [];
  if (!accessKeyId || !day || !region || !service || terminator !== 'aws4_request' || !names || !signature) {
    throw new AwsError('IncompleteSignatureException', 'The request signature does not conform to AWS standards.');
  }
  return { accessKeyId, day, region, service, signedHeaders: names.split(';'), signature };
}

/** `20260101T120000Z` in milliseconds, or NaN. */
function parseBasicDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, hours, minutes, seconds] = match;
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const [key, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return `${encode(decodeURIComponent(key))}=${encode(decodeURIComponent(value))}`;
  });
  return pairs.sort().join('&');
}

function headerValue(request: WholeRequest, name: string): string {
  const value = request.headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ');
}

/** The text that a signer hashes (AWS Signature Version 4, "create a canonical request"). */
function canonicalRequest(request: WholeRequest, signedHeaders: readonly string[]): string {
  const [path = '/', query = ''] = request.target.split('?', 2);
  return [
    request.method,
    path.split('/').map(encode).join('/'),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headerValue(request, name)}`),
    '',
    signedHeaders.join(';'),
    sha256Hex(request.body),
  ].join('\n');
}

/**
 * Verifies a Signature Version 4 request. Throws `AwsError` as AWS answers: no signature, an
 * unreadable one, an unknown access key, a wrong or old signature. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySigV4(request: WholeRequest, deps: SigV4Deps): void {
  const header = request.headers.authorization;
  if (header === undefined) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const authorization = parseAuthorization(header);
  const date = headerValue(request, 'x-amz-date');
  const dateMs = parseBasicDate(date);
  if (Number.isNaN(dateMs) || !date.startsWith(authorization.day) || !authorization.signedHeaders.includes('host')) {
    throw new AwsError('IncompleteSignatureException', "The request's date or signed headers do not match its credential scope.");
  }
  const secret = deps.secretKeyOf(authorization.accessKeyId);
  if (secret === undefined) {
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  if (Math.abs(deps.nowMs() - dateMs) > SKEW_MS) {
    throw new AwsError('InvalidSignatureException', `Signature expired: ${date} is not within 5 minutes of the server's time.`);
  }
  if (authorization.service !== deps.service) {
    throw new AwsError('InvalidSignatureException', `Credential should be scoped to correct service: '${deps.service}'.`);
  }
  const scope = `${authorization.day}/${authorization.region}/${authorization.service}/aws4_request`;
  const canonical = canonicalRequest(request, authorization.signedHeaders);
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256Hex(canonical)].join('\n');
  const dayKey = hmac(`AWS4${secret}`, authorization.day);
  const signingKey = hmac(hmac(hmac(dayKey, authorization.region), authorization.service), 'aws4_request');
  if (!timingSafeEqual(hmac(signingKey, toSign), Buffer.from(authorization.signature, 'hex'))) {
    throw new AwsError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
  }
}
