import { createHash, timingSafeEqual } from 'node:crypto';

/** Content-Digest of the bytes as they go over the wire (RFC 9530), SHA-256. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

export function digestMatches(header: string, body: Uint8Array): boolean {
  const expected = Buffer.from(contentDigest(body));
  const given = Buffer.from(header);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
