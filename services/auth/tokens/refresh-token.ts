import { createHmac } from 'node:crypto';

/**
 * The token that follows `token`: derived, so that a client that lost the answer to its refresh gets the very same successor once more, while
 * only hashes are stored. Without the pepper nobody gets from one token to the next.
 */
export function successorOf(pepper: Buffer, token: string): string {
  return createHmac('sha256', pepper).update(`refresh:${token}`).digest('base64url');
}
