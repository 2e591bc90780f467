import { createHmac, randomUUIDv7 } from 'node:crypto';

import type { Bounce, Suppression, SuppressionListQuery, SuppressionReason } from '#contracts/notification.ts';
import type { Page } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import { isRealInstant } from '#platform/instant.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import type { SendDeps } from '../deps.ts';
import {
  deleteSuppression,
  findSuppression,
  putSuppression,
  selectSuppressions,
  type SuppressionRow,
  suppressionSortType,
} from './suppressions.repository.ts';

type SuppressionDeps = Pick<SendDeps, 'db' | 'secrets'>;

/** What is stored of an address, or a telephone number: nobody without the key can tell whose it is. Spellings of one mailbox are one. Pure. */
export function digestOf(key: Buffer, address: string): Buffer {
  return createHmac('sha256', key)
    .update(`address:${address.normalize('NFC').toLowerCase()}`)
    .digest();
}

async function lookUp({ db, secrets }: SuppressionDeps, address: string): Promise<SuppressionRow | undefined> {
  return findSuppression(db, digestOf(await secrets.digestKey(), address));
}

export async function isSuppressed(deps: SuppressionDeps, address: string): Promise<boolean> {
  return (await suppressionReason(deps, address)) !== undefined;
}

/** Why the address gets nothing; undefined where it is written to. */
export async function suppressionReason(deps: SuppressionDeps, address: string): Promise<SuppressionReason | undefined> {
  return (await lookUp(deps, address))?.reason;
}

/** Suppresses the address from now on, unless that was lifted after `at`. Throws AppError `invalid_request` for a day that no calendar has. */
export async function recordBounce({ db, secrets }: SuppressionDeps, { address, reason, at }: Bounce): Promise<void> {
  if (!isRealInstant(at)) throw new AppError('invalid_request', { errors: [{ field: 'at', message: 'is no day of the calendar' }] });
  await putSuppression(db, randomUUIDv7(), digestOf(await secrets.digestKey(), address), reason, at);
}

/** Throws AppError `not_found`. */
export async function searchSuppression(deps: SuppressionDeps, address: string): Promise<Suppression> {
  const row = await lookUp(deps, address);
  if (row === undefined) throw new AppError('not_found');
  return suppressionOf(row);
}

export async function listSuppressions({ db }: SuppressionDeps, query: SuppressionListQuery): Promise<Page<Suppression>> {
  const order = orderOf(query, '-at', suppressionSortType);
  return pageFrom(await selectSuppressions(db, order), order, suppressionOf);
}

/** Lets the address be written to again. Throws AppError `not_found`. */
export async function liftSuppression({ db }: SuppressionDeps, id: string): Promise<void> {
  if (!(await deleteSuppression(db, id))) throw new AppError('not_found');
}

const suppressionOf = ({ id, address_digest, reason, at }: SuppressionRow): Suppression => ({
  id,
  addressDigest: address_digest,
  reason,
  at,
});
