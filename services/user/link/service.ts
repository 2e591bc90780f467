import { randomUUID } from 'node:crypto';

import type { Link, LinkOffer } from '#contracts/user.ts';
import { AppError } from '#platform/errors.ts';

import type { UserDb, UserTransaction } from '../deps.ts';
import { type ProfileDeps, withProfile } from '../profile/service.ts';
import { hashOfLinkCode, newLinkCode } from './code.ts';
import { endLinkOf, findLinkOf, hasConsent, insertOffer, type LinkRow, renewOffer, takeOffer, tieAccount } from './link.repository.ts';

const LIFETIME_SECONDS = 15 * 60;

export async function getLink(db: UserDb, accountId: string): Promise<Link> {
  return linkOf(await findLinkOf(db, accountId));
}

/**
 * Offers the other region to know this person: makes a link that is nobody's there yet, and a code by which an account there takes it up. Asked again before
 * that, the code is a new one. Throws AppError `consent_required`, or `already_exists` where the account is linked.
 */
export async function offerLink(deps: ProfileDeps, accountId: string): Promise<LinkOffer> {
  const code = newLinkCode();
  const codeHash = hashOfLinkCode(code);
  if (codeHash === undefined) throw new Error('a code of our own is none');
  const expiresAt = await withProfile(deps, accountId, async (trx) => {
    await requireConsent(trx, accountId);
    const held = await findLinkOf(trx, accountId);
    if (held !== undefined) return (await renewOffer(trx, held.id, codeHash, LIFETIME_SECONDS))?.code_expires_at;
    // Random in all its bits: nothing of the person is in it, not even when they asked.
    const made = await insertOffer(trx, { id: randomUUID(), home: deps.region, codeHash, lifetimeSeconds: LIFETIME_SECONDS });
    await tieAccount(trx, accountId, made.id);
    return made.code_expires_at;
  });
  if (!expiresAt) throw new AppError('already_exists', { detail: 'This account is linked already.' });
  return { code, expiresAt };
}

/**
 * Ties the account to the person whom the other region has offered under `code`. Throws AppError `consent_required`, `already_exists` where the account has a
 * link, and `link_code_invalid`, the same for every reason.
 */
export async function claimLink(deps: ProfileDeps, accountId: string, code: string): Promise<Link> {
  const codeHash = hashOfLinkCode(code);
  return withProfile(deps, accountId, async (trx) => {
    await requireConsent(trx, accountId);
    if ((await findLinkOf(trx, accountId)) !== undefined) {
      throw new AppError('already_exists', { detail: 'This account has a link, or offers one: end that first.' });
    }
    const taken = codeHash === undefined ? undefined : await takeOffer(trx, deps.region, codeHash);
    if (taken === undefined) throw new AppError('link_code_invalid');
    await tieAccount(trx, accountId, taken.id);
    return linkOf(taken);
  });
}

/** Ends the link in both regions, whichever began it. */
export async function endLink(db: UserDb, accountId: string): Promise<void> {
  await endLinkOf(db, accountId);
}

async function requireConsent(trx: UserTransaction, accountId: string): Promise<void> {
  if (!(await hasConsent(trx, accountId))) throw new AppError('consent_required', { detail: 'Consent to cross_border first.' });
}

function linkOf(row: LinkRow | undefined): Link {
  if (row === undefined) return { state: 'none', homeRegion: null, codeExpiresAt: null };
  return { state: row.state, homeRegion: row.home_region, codeExpiresAt: row.code_expires_at };
}
