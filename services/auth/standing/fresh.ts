import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';
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
