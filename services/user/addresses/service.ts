import { randomUUIDv7 } from 'node:crypto';

import { MOST_ADDRESSES, type Address, type AddressWriting, type PostalAddress } from '#contracts/user.ts';
import { requireVersion } from '#platform/entity/version-tag.ts';
import { AppError } from '#platform/errors.ts';

import type { UserDb, UserTransaction } from '../deps.ts';
import { type ProfileDeps, withProfile } from '../profile/service.ts';
import {
  type AddressRow,
  clearDefault,
  countAddresses,
  defaultToLatest,
  deleteAddress,
  findAddress,
  insertAddress,
  replaceAddress,
  selectAddresses,
} from './addresses.repository.ts';
import { readPostcode } from './postcodes.ts';

export async function listAddresses(db: UserDb, accountId: string): Promise<Address[]> {
  return (await selectAddresses(db, accountId)).map(addressOf);
}

/** Throws AppError `not_found`, also for an address of somebody else. */
export async function getAddress(db: UserDb, accountId: string, id: string): Promise<AddressRow> {
  const row = await findAddress(db, accountId, id);
  if (row === undefined) throw new AppError('not_found');
  return row;
}

/** Throws AppError `limit_reached` where the account has as many as it may have, and `invalid_request` for a postcode that is none. */
export async function addAddress(deps: ProfileDeps, accountId: string, writing: AddressWriting): Promise<AddressRow> {
  const postal = postalOf(writing);
  return withProfile(deps, accountId, async (trx) => {
    const held = await countAddresses(trx, accountId);
    if (held >= MOST_ADDRESSES) throw new AppError('limit_reached', { detail: `An account has ${MOST_ADDRESSES} addresses at most.` });
    const isDefault = writing.isDefault ?? held === 0;
    if (isDefault) await clearDefault(trx, accountId);
    return insertAddress(trx, { id: randomUUIDv7(), accountId, isDefault, postal });
  });
}

/** Puts another content into an address that is in one of the versions `tags`. Throws AppError `not_found`, `stale` or `invalid_request`. */
export async function putAddress(
  deps: ProfileDeps,
  accountId: string,
  id: string,
  tags: readonly string[],
  writing: AddressWriting,
): Promise<AddressRow> {
  const postal = postalOf(writing);
  return withSeen(deps, accountId, id, tags, async (trx, held) => {
    const isDefault = writing.isDefault ?? held.is_default;
    if (isDefault && !held.is_default) await clearDefault(trx, accountId);
    return replaceAddress(trx, id, isDefault, postal);
  });
}

/** Where it was the default, that of the others which was changed last is it afterwards. Throws AppError `not_found` or `stale`. */
export async function removeAddress(deps: ProfileDeps, accountId: string, id: string, tags: readonly string[]): Promise<void> {
  await withSeen(deps, accountId, id, tags, async (trx, held) => {
    await deleteAddress(trx, id);
    if (held.is_default) await defaultToLatest(trx, accountId);
  });
}

/** All writes to the addresses of one account hold its profile, so what is found here stays as it is until the transaction ends. */
async function withSeen<Result>(
  deps: ProfileDeps,
  accountId: string,
  id: string,
  tags: readonly string[],
  work: (trx: UserTransaction, held: AddressRow) => Promise<Result>,
): Promise<Result> {
  return withProfile(deps, accountId, async (trx) => {
    const held = await findAddress(trx, accountId, id);
    if (held === undefined) throw new AppError('not_found');
    requireVersion(held.version, tags);
    return work(trx, held);
  });
}

function postalOf({ isDefault: _isDefault, ...writing }: AddressWriting): PostalAddress {
  const read = readPostcode(writing.country, writing.postcode ?? null);
  if ('fault' in read) {
    throw new AppError('invalid_request', { detail: 'The body does not fit.', errors: [{ field: 'postcode', message: read.fault }] });
  }
  return writing.form === 'western'
    ? { ...writing, region: writing.region ?? null, postcode: read.postcode }
    : { ...writing, street: writing.street ?? null };
}

export function addressOf({ id, is_default, created_at, postal }: AddressRow): Address {
  return { id, isDefault: is_default, createdAt: created_at, ...postal };
}
