import { createHmac } from 'node:crypto';

/** What an MNS signature covers. `headers`: the x-mns-* ones; others are ignored. `resource`: the request target exactly as it is sent. */
export interface SignedParts {
  readonly method: string;
  readonly contentMd5: string;
  readonly contentType: string;
  readonly date: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: string;
}

/**
 * The signature of an MNS request: base64 of HMAC-SHA1 over method, digest, type, date, the sorted x-mns-* headers and the resource.
 * https://www.alibabacloud.com/help/en/mns/developer-reference/sign-requests
 */
export function signatureOf(parts: SignedParts, accessKeySecret: string): string {
  const signedHeaders = Object.entries(parts.headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-mns-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const text = `${parts.method}\n${parts.contentMd5}\n${parts.contentType}\n${parts.date}\n${signedHeaders}${parts.resource}`;
  return createHmac('sha1', accessKeySecret).update(text, 'utf8').digest('base64');
}
