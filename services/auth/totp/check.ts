import type { Transaction } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';
import type { AuthTables } from '../tables.ts';
import { unseal } from './seal.ts';
import { stepOf } from './totp.ts';
import { countFailure, lockTotp, takeStep } from './totp.repository.ts';

/** How a try went; `locked` says how long no further one counts. */
export type TotpOutcome = 'right' | 'wrong' | { readonly lockedSeconds: number };

/**
 * Tries a code of the account's app: one that is confirmed, or one that waits to be. Never throws for a wrong code, whose count must stay: a rollback would give
 * the try back. A code of a time step that was taken, or of one before it, is wrong.
 */
export async function tryTotp(
  { secrets, clock }: Pick<AuthDeps, 'secrets' | 'clock'>,
  trx: Transaction<AuthTables>,
  { accountId, code, waiting }: { readonly accountId: string; readonly code: string; readonly waiting: boolean },
): Promise<TotpOutcome> {
  const held = await lockTotp(trx, accountId);
  if (held === undefined || held.isConfirmed === waiting) return 'wrong';
  if (held.lockedSeconds !== null) return { lockedSeconds: held.lockedSeconds };
  const step = stepOf(unseal(await secrets.pepper(), accountId, held.secret), code, clock.now());
  if (step === undefined || step <= held.lastStep) {
    await countFailure(trx, accountId);
    return 'wrong';
  }
  await takeStep(trx, accountId, step);
  return 'right';
}

/** What a client hears of a try that was not right. */
export function refusedTotp(outcome: Exclude<TotpOutcome, 'right'>): AppError {
  if (outcome === 'wrong') return new AppError('second_factor_invalid');
  return new AppError('too_many_requests', {
    detail: 'Too many wrong codes: wait before the next.',
    headers: { 'retry-after': String(outcome.lockedSeconds) },
  });
}
