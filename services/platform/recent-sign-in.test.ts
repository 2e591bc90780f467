import { expect, test } from 'vitest';

import { requireRecentSignIn } from './recent-sign-in.ts';

const NOW = 1_800_000_000_000;
const caller = (secondsAgo?: number) => ({
  accountId: 'somebody',
  role: 'customer' as const,
  ...(secondsAgo === undefined ? {} : { signedInAtMs: NOW - secondsAgo * 1_000 }),
});

test('who has signed in within ten minutes goes on', () => {
  for (const ago of [0, 599, 600]) expect(() => requireRecentSignIn(caller(ago), NOW)).not.toThrow();
});

test('who has not, or does not say when, is asked to sign in again', () => {
  for (const ago of [601, 86_400, undefined]) {
    expect(() => requireRecentSignIn(caller(ago), NOW)).toThrow(
      expect.objectContaining({
        code: 'sign_in_again',
        headers: { 'www-authenticate': 'Bearer error="insufficient_user_authentication", max_age="600"' },
      }),
    );
  }
});
