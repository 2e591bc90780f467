import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A refresh token of 256 random bits. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token. It is random, so a plain hash cannot be guessed back. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * The token that follows `token`: derived, so that a client that lost the answer to its refresh gets the very same successor once more, while
 * only hashes are stored. Without the pepper nobody gets from one token to the next.
 */
export function successorOf(pepper: Buffer, token: string): string {
  return createHmac('sha256', pepper).update(`refresh:${token}`).digest('base64url');
}
