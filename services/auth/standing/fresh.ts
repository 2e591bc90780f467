import type { Transaction } from 'kysely';

import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';
import type { AuthTables } from '../tables.ts';
import { wantsFactor } from './role.ts';
import { findStanding } from './standing.repository.ts';

/**
 * The session of a caller who has proved lately, by all that the account asks for, who it is: what changes the factors wants that (ASVS 7.5.1), so that a
 * session that was left open or stolen does not become an account that was taken. Throws AppError `reauthentication_required`.
 */
export async function requireFresh(deps: Pick<AuthDeps, 'db' | 'secrets'>, { sessionId }: Caller): Promise<string> {
  const standing = sessionId === undefined ? undefined : await findStanding(deps.db, sessionId);
  if (sessionId === undefined || standing === undefined) throw new AppError('unauthenticated', { detail: 'The session has ended.' });
  if (!standing.fresh || (!standing.proved && (await wantsFactor(deps, standing)))) throw new AppError('reauthentication_required');
  return sessionId;
}

/**
 * For what a fresh session changes, in the transaction that holds its account: the session may have been ended since it was asked, by its owner or with the factors that an
 * administrator has reset, and is to change nothing after that. Throws AppError `unauthenticated`.
 */
export async function requireStill(trx: Transaction<AuthTables>, sessionId: string): Promise<void> {
  if ((await findStanding(trx, sessionId)) === undefined) throw new AppError('unauthenticated', { detail: 'The session has ended.' });
}
