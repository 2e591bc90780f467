import { languageOfRegion, type Profile, type ProfileChange, type ProfileListQuery, type ProfileSearch } from '#contracts/user.ts';
import type { Page } from '#contracts/values.ts';
import { requireVersion } from '#platform/entity/version-tag.ts';
import { AppError } from '#platform/errors.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import type { UserDb, UserDeps, UserTransaction } from '../deps.ts';
import { findErasure, lockAccount } from '../personal-data/erasure.repository.ts';
import {
  findProfile,
  insertProfile,
  lockProfile,
  type ProfileRow,
  profileSortType,
  selectProfiles,
  updateProfile,
} from './profile.repository.ts';

export type ProfileDeps = Pick<UserDeps, 'db' | 'region'>;

/** The profile of somebody who is signed in; it is made at the first look. Throws AppError `account_erased` for a token that has outlived its account. */
export async function openProfile({ db, region }: ProfileDeps, accountId: string): Promise<ProfileRow> {
  const held = await findProfile(db, accountId);
  if (held !== undefined) return held;
  return db.transaction().execute(async (trx) => {
    await lockAccount(trx, accountId);
    if ((await findErasure(trx, accountId)) !== undefined) throw new AppError('account_erased');
    await insertProfile(trx, accountId, languageOfRegion[region]);
    const made = await findProfile(trx, accountId);
    if (made === undefined) throw new Error('a profile vanished while it was made');
    return made;
  });
}

/** Runs `work` in a transaction that holds the account's profile, which is made where there is none. Throws AppError `account_erased`. */
export async function withProfile<Result>(
  deps: ProfileDeps,
  accountId: string,
  work: (trx: UserTransaction, held: ProfileRow) => Promise<Result>,
): Promise<Result> {
  await openProfile(deps, accountId);
  return deps.db.transaction().execute(async (trx) => {
    const held = await lockProfile(trx, accountId);
    if (held === undefined) throw new AppError('account_erased');
    return work(trx, held);
  });
}

/** Changes what `change` names. Throws AppError `stale` where the profile is in none of the versions `tags`. */
export async function changeProfile(
  deps: ProfileDeps,
  accountId: string,
  tags: readonly string[],
  change: ProfileChange,
): Promise<ProfileRow> {
  return withProfile(deps, accountId, async (trx, held) => {
    requireVersion(held.version, tags);
    return updateProfile(trx, accountId, change);
  });
}

/** Throws AppError `not_found`. */
export async function getProfile(db: UserDb, accountId: string): Promise<ProfileRow> {
  const row = await findProfile(db, accountId);
  if (row === undefined) throw new AppError('not_found');
  return row;
}

export async function listProfiles(db: UserDb, query: ProfileListQuery): Promise<Page<Profile>> {
  const order = orderOf(query, '-createdAt', profileSortType);
  return pageFrom(await selectProfiles(db, {}, order), order, profileOf);
}

export async function searchProfiles(db: UserDb, search: ProfileSearch): Promise<Page<Profile>> {
  const order = orderOf(search, 'name', profileSortType);
  return pageFrom(await selectProfiles(db, search, order), order, profileOf);
}

export function profileOf(row: ProfileRow): Profile {
  return { accountId: row.account_id, name: row.name, language: row.language, createdAt: row.created_at };
}
