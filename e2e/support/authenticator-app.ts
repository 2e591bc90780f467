import { expect } from '@playwright/test';
import { Secret, TOTP } from 'otpauth';

const stepMs = 30_000;

/** An authenticator app that was given a secret. */
export type AuthenticatorApp = {
  /** A code that is good now and was not used before: the service takes one step after or before its own time, and each once. */
  readonly code: () => Promise<string>;
};

export function createAuthenticatorApp(secret: string): AuthenticatorApp {
  const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(/\s/g, '')) });
  const stepNow = (): number => Math.floor(Date.now() / stepMs);
  let last = 0;
  return {
    code: async () => {
      last = Math.max(last + 1, stepNow());
      await expect.poll(() => last - stepNow(), { message: 'a code that was not used before', timeout: 2 * stepMs }).toBeLessThanOrEqual(1);
      return totp.generate({ timestamp: last * stepMs });
    },
  };
}
