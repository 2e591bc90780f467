import type { Caller } from './access.ts';
import { AppError } from './errors.ts';

/** For what cannot be undone: long enough to read what it says, too short for a token that was left behind or stolen. */
const MOST_SECONDS = 10 * 60;

/**
 * Lets a caller on who has signed in within ten minutes; a token that was refreshed since is as old as its sign-in. Throws AppError `sign_in_again`, with the
 * challenge of RFC 9470, section 3.
 */
export function requireRecentSignIn(caller: Caller, nowMs: number): void {
  if (caller.signedInAtMs !== undefined && nowMs - caller.signedInAtMs <= MOST_SECONDS * 1_000) return;
  throw new AppError('sign_in_again', {
    headers: { 'www-authenticate': `Bearer error="insufficient_user_authentication", max_age="${MOST_SECONDS}"` },
  });
}
