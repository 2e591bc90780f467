import { systemClock, backoffMs } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';
import { signatureOf } from '#platform/webhooks/signature.ts';

import { SIGNATURE_HEADER, type PaymentCallback, type ProviderSecret } from '../wire.ts';

const ATTEMPTS = 6;

/** Posts callbacks to `url`, signed with what the secret says at the time; tries again for a few seconds where they are not taken. */
export function callerBack(options: {
  readonly url: string;
  readonly secret: () => Promise<ProviderSecret>;
  readonly log: Logger;
}): (callback: PaymentCallback) => Promise<void> {
  return async (callback) => {
    const body = Buffer.from(JSON.stringify(callback));
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (attempt > 0) await systemClock.wait(backoffMs(attempt, 250, 5_000));
      try {
        const { callbackSecret } = await options.secret();
        const response = await fetch(options.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signatureOf(callbackSecret, body, systemClock.now()) },
          body,
          signal: AbortSignal.timeout(3_000),
        });
        await response.body?.cancel();
        if (response.ok) return;
        options.log.warn({ status: response.status, attempt }, 'a callback was refused');
      } catch (error) {
        options.log.warn({ reason: messageOf(error), attempt }, 'a callback did not arrive');
      }
    }
  };
}
