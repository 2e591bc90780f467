import { randomUUIDv7 } from 'node:crypto';

import { peerOf } from '#contracts/regions.ts';
import type { Erasure, ErasureReason, ErasureRegions, ExportRegions, OtherAccount, PersonalDataExport } from '#contracts/user.ts';
import { AppError } from '#platform/errors.ts';
import { emitEvent } from '#platform/events/events.repository.ts';

import type { UserDb, UserDeps } from '../deps.ts';
import { askCopy, findCopyAsked } from '../link/copy-request.repository.ts';
import { eraseLink, findLinkOf } from '../link/link.repository.ts';
import { lockProfile } from '../profile/profile.repository.ts';
import { settleDueErasure } from './due.repository.ts';
import { type ErasureRow, findErasure, insertErasure, lockAccount } from './erasure.repository.ts';
import type { Holder } from './holders.ts';
import { eraseFrom, exportOf, missingFunctions } from './personal-data.repository.ts';

export type PersonalDataDeps = Pick<UserDeps, 'db' | 'region' | 'holders'>;

/** Throws where one of `holders` does not offer what it must: an export that leaves something out, or an erasure that forgets to forget, must not start. */
export async function requireHolders(db: UserDb, holders: readonly Holder[]): Promise<void> {
  const missing = await missingFunctions(db, holders);
  if (missing.length > 0) throw new Error(`personal data cannot be answered for: ${missing.join('; ')}`);
}

/** Who asks for an erasure, and how far it goes. */
export interface ErasureAsk {
  readonly by: 'person' | 'other_region' | { readonly staffId: string; readonly reason: ErasureReason };
  readonly regions: ErasureRegions;
}

/**
 * All that the region's services hold of an account, as of one instant, and where else to ask. Asked for both regions, that a copy was asked for goes to the other one,
 * where the person is told that it waits for them, once a day at the most; the copy itself is made there, and goes nowhere. Throws AppError `account_erased`.
 */
export async function exportPersonalData(
  { db, region, holders }: PersonalDataDeps,
  accountId: string,
  regions: ExportRegions = 'own',
): Promise<PersonalDataExport> {
  if ((await findErasure(db, accountId)) !== undefined) throw new AppError('account_erased');
  const held = await exportOf(db, holders, accountId);
  if (regions === 'both') await askCopy(db, region, accountId);
  const otherAskedAt = regions === 'both' ? await findCopyAsked(db, region, accountId) : null;
  const alsoIn = (await findLinkOf(db, accountId))?.state === 'linked' ? peerOf(region) : null;
  return { accountId, region, ...held, alsoIn, otherAskedAt };
}

/**
 * Makes every service forget an account, all of them or none, and leaves a receipt. Asked again, the answer is the receipt of the first time. Asked for both
 * regions, the link goes to the other one as `erased`, which erases whoever is tied to it there (`due.ts`). Throws AppError `not_found` where staff name an account
 * of which nobody holds anything.
 */
export async function erasePerson(
  { db, holders }: PersonalDataDeps,
  accountId: string,
  { by, regions }: ErasureAsk = { by: 'person', regions: 'own' },
): Promise<Erasure> {
  return db.transaction().execute(async (trx) => {
    await lockAccount(trx, accountId);
    await settleDueErasure(trx, accountId);
    const before = await findErasure(trx, accountId);
    if (before !== undefined) return erasureOf(before);
    // Whoever changes the link holds the profile, so that what is found is what is ended: afterwards nobody knows any more which it was.
    await lockProfile(trx, accountId);
    const link = await findLinkOf(trx, accountId);
    const erased = await eraseFrom(trx, holders, accountId);
    const staff = typeof by === 'string' ? undefined : by;
    if (staff !== undefined && Object.values(erased).every((count) => count === 0)) throw new AppError('not_found');
    await emitEvent(trx, 'madeinworld.account.erased.v1', accountId);
    // An offer as well: that it was taken up there may not have crossed yet.
    if (link !== undefined && regions === 'both') await eraseLink(trx, link.id);
    const receipt = {
      id: randomUUIDv7(),
      staff_id: staff?.staffId ?? null,
      reason: staff?.reason ?? null,
      by_other_region: by === 'other_region',
      erased,
      other_account: otherAccountOf(by, regions, link?.state),
    };
    return erasureOf(await insertErasure(trx, accountId, receipt));
  });
}

function otherAccountOf(by: ErasureAsk['by'], regions: ErasureRegions, link: 'offered' | 'linked' | undefined): OtherAccount {
  if (by === 'other_region') return 'erased';
  if (link !== 'linked') return 'none';
  return regions === 'both' ? 'erased' : 'stays';
}

function erasureOf({ id, erased_at, staff_id, reason, by_other_region, erased, other_account }: ErasureRow): Erasure {
  const own = staff_id === null ? 'person' : 'staff';
  return { id, erasedAt: erased_at, by: by_other_region ? 'other_region' : own, reason, erased, otherAccount: other_account };
}
