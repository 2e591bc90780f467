import { randomUUID } from 'node:crypto';

import { AppError } from '#platform/errors.ts';

import { clientDigestOf, type Client } from '../client/client.ts';
import type { AuthDeps } from '../deps.ts';
import { insertEventOf } from '../events/events.repository.ts';
import { limitRequests } from '../throttle/throttle.ts';
import { isRight, MAX_ATTEMPTS } from './code.ts';
import { countAttempt, ensureAccount, markUsed, type ReachedAccount } from './codes.repository.ts';

/**
 * The account that a challenge and its code sign in to; it is made where there is none. The code works once, within ten minutes, and dies
 * with the fifth wrong attempt. Throws AppError `code_invalid`, the same for every reason, or `too_many_requests`.
 */
export async function redeemCode(
  deps: Pick<AuthDeps, 'db' | 'secrets' | 'limits'>,
  { challengeId, code }: { readonly challengeId: string; readonly code: string },
  client: Client,
): Promise<ReachedAccount> {
  const pepper = await deps.secrets.pepper();
  await limitRequests(deps, pepper, 'tokens', client);
  // A wrong code must not throw in here: its attempt would be rolled back, and not count.
  const reached = await deps.db.transaction().execute(async (trx) => {
    const challenge = await countAttempt(trx, { id: challengeId, accountId: null, maxAttempts: MAX_ATTEMPTS });
    if (challenge === undefined || !isRight(pepper, { purpose: 'code', challengeId, code }, challenge.codeMac)) {
      const failed = { kind: 'sign_in_failed', client: clientDigestOf(pepper, client), detail: { reason: 'code' } } as const;
      await insertEventOf(trx, challenge?.contact, failed);
      return undefined;
    }
    await markUsed(trx, challengeId);
    return ensureAccount(trx, randomUUID(), challenge.contact);
  });
  if (reached === undefined) throw new AppError('code_invalid');
  return reached;
}
