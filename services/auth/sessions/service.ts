import type { Session, SessionListQuery } from '#contracts/sessions.ts';
import type { Page } from '#contracts/values.ts';
import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import { clientDigestOf } from '../client/client.ts';
import type { AuthDeps } from '../deps.ts';
import type { By } from '../events/by.ts';
import { IDLE_SECONDS } from '../tokens/service.ts';
import { endSessions, selectSessions, type SessionRow } from './sessions.repository.ts';

type Deps = Pick<AuthDeps, 'db' | 'secrets'>;

/** The caller's own sessions, the newest first. */
export async function listSessions({ db }: Deps, query: SessionListQuery, caller: Caller): Promise<Page<Session>> {
  const order = orderOf(query, '-createdAt', () => 'timestamptz');
  return pageFrom(await selectSessions(db, caller.accountId, IDLE_SECONDS, order), order, (row) => sessionOf(row, caller));
}

/**
 * Ends one of the caller's own sessions, the current one too. What auth itself answers ends with it, its access tokens elsewhere within their 15 minutes.
 * Throws AppError `not_found`, for somebody else's and for one that is over.
 */
export async function endOwnSession({ db, secrets }: Deps, id: string, { caller, client }: By): Promise<void> {
  const digest = clientDigestOf(await secrets.pepper(), client);
  if ((await endSessions(db, caller.accountId, { only: id }, { client: digest })) === 0) throw new AppError('not_found');
}

/** Ends all sessions of the caller but the one that asks. */
export async function endOtherSessions({ db, secrets }: Deps, { caller, client }: By): Promise<void> {
  const digest = clientDigestOf(await secrets.pepper(), client);
  await endSessions(db, caller.accountId, caller.sessionId === undefined ? 'all' : { except: caller.sessionId }, { client: digest });
}

function sessionOf(row: SessionRow, { sessionId }: Caller): Session {
  const { id, device, created_at: createdAt, last_used_at: lastUsedAt, expires_at: expiresAt } = row;
  return { id, device, createdAt, lastUsedAt, expiresAt, current: id === sessionId };
}
