import type { SecurityEvent, SecurityEventListQuery } from '#contracts/security-events.ts';
import type { Page } from '#contracts/values.ts';
import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import type { AuthDeps } from '../deps.ts';
import { type EventRow, selectEvents } from './events.repository.ts';

/** The security log, the newest first: all of it for administrators, what is about themselves for everybody else. Throws AppError `forbidden`. */
export async function listEvents(
  { db }: Pick<AuthDeps, 'db'>,
  query: SecurityEventListQuery,
  caller: Caller,
): Promise<Page<SecurityEvent>> {
  const isAdmin = caller.role === 'admin';
  if (!isAdmin && query.accountId !== undefined && query.accountId !== caller.accountId) throw new AppError('forbidden');
  const order = orderOf(query, '-at', () => 'timestamptz');
  const filter = { kind: query.kind, accountId: isAdmin ? query.accountId : caller.accountId };
  return pageFrom(await selectEvents(db, filter, order), order, (row) => eventOf(row, isAdmin));
}

function eventOf(row: EventRow, isAdmin: boolean): SecurityEvent {
  const { id, at, kind, account_id: accountId, actor_id: actorId, session_id: sessionId, client, detail } = row;
  return { id, at, kind, accountId, sessionId, client, byStaff: actorId !== null, detail, ...(isAdmin ? { actorId } : {}) };
}
