import { randomUUIDv7 } from 'node:crypto';

import type { Erasure, ErasureReason, PersonalDataExport } from '#contracts/user.ts';
import { AppError } from '#platform/errors.ts';
import { emitEvent } from '#platform/events/events.repository.ts';

import type { UserDb, UserDeps } from '../deps.ts';
import { type ErasureRow, findErasure, insertErasure, lockAccount } from './erasure.repository.ts';
import type { Holder } from './holders.ts';
import { eraseFrom, exportOf, missingFunctions } from './personal-data.repository.ts';

type PersonalDataDeps = Pick<UserDeps, 'db' | 'region' | 'holders'>;

/** Throws where one of `holders` does not offer what it must: an export that leaves something out, or an erasure that forgets to forget, must not start. */
export async function requireHolders(db: UserDb, holders: readonly Holder[]): Promise<void> {
  const missing = await missingFunctions(db, holders);
  if (missing.length > 0) throw new Error(`personal data cannot be answered for: ${missing.join('; ')}`);
}

/** All that the region's services hold of an account, as of one instant. Throws AppError `account_erased`. */
export async function exportPersonalData({ db, region, holders }: PersonalDataDeps, accountId: string): Promise<PersonalDataExport> {
  if ((await findErasure(db, accountId)) !== undefined) throw new AppError('account_erased');
  return { accountId, region, ...(await exportOf(db, holders, accountId)) };
}

/**
 * Makes every service forget an account, all of them or none, and leaves a receipt. Asked again, the answer is the receipt of the first time. `by` are staff
 * who do it for the person. Throws AppError `not_found` where staff name an account of which nobody holds anything.
 */
export async function erasePerson(
  { db, holders }: PersonalDataDeps,
  accountId: string,
  by?: { readonly staffId: string; readonly reason: ErasureReason },
): Promise<Erasure> {
  return db.transaction().execute(async (trx) => {
    await lockAccount(trx, accountId);
    const before = await findErasure(trx, accountId);
    if (before !== undefined) return erasureOf(before);
    const erased = await eraseFrom(trx, holders, accountId);
    if (by !== undefined && Object.values(erased).every((count) => count === 0)) throw new AppError('not_found');
    await emitEvent(trx, 'madeinworld.account.erased.v1', accountId);
    const receipt = { id: randomUUIDv7(), staff_id: by?.staffId ?? null, reason: by?.reason ?? null, erased };
    return erasureOf(await insertErasure(trx, accountId, receipt));
  });
}

function erasureOf({ id, erased_at, staff_id, reason, erased }: ErasureRow): Erasure {
  return { id, erasedAt: erased_at, by: staff_id === null ? 'person' : 'staff', reason, erased };
}
