import { createHash, randomBytes } from 'node:crypto';

/** A token of 256 random bits: whoever has it is taken for its owner. */
export function newRandomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a random token. A plain hash of what is random cannot be guessed back. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
