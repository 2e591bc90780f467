import { Type } from 'typebox';

import { Notice, NoticeListQuery } from '#contracts/notification.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { createBulkhead } from '#platform/bulkhead.ts';
import { idempotentRequestOf } from '#platform/idempotency/request.ts';
import { sendIdempotent, withClaim } from '#platform/idempotency/with-idempotency.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { administrators, type NotificationDeps, readers } from '../deps.ts';
import { noticeExample, onlyPage } from '../examples.ts';
import { getNotice, listNotices, retryNotice } from './service.ts';

/** The mailer keeps two connections. Who comes beyond is told so, or a mail server that hangs would hold the service's places for as many as ask. */
export const RETRIES_AT_ONCE = 4;

const params = Type.Object({ id: Uuid });
const ofExample = { id: noticeExample.id };

export function registerNotices(app: App, deps: NotificationDeps): void {
  const list = operation({
    id: 'listNotifications',
    summary: 'A page of notices, the newest first; by state and by type of event',
    access: { roles: readers },
    request: { querystring: NoticeListQuery },
    answers: { 200: pageOf(Notice) },
    errors: [],
    example: { query: { state: 'dead', limit: 20 }, answer: onlyPage(noticeExample) },
  });
  app.get('/v1/notifications', list, async (request) => listNotices(deps.db, request.query));

  const get = operation({
    id: 'getNotification',
    summary: 'One notice',
    access: { roles: readers },
    request: { params },
    answers: { 200: Notice },
    errors: ['not_found'],
    example: { params: ofExample, answer: noticeExample },
  });
  app.get('/v1/notifications/:id', get, async (request) => getNotice(deps.db, request.params.id));

  const retry = operation({
    id: 'retryNotification',
    summary: 'Tries a notice that has failed or is dead again at once, and answers what came of it',
    access: { roles: administrators },
    request: { params },
    answers: { 200: Notice },
    errors: ['not_found', 'state_conflict'],
    example: { params: ofExample, answer: noticeExample },
    needs: ['idempotency-key'],
  });
  const door = createBulkhead(RETRIES_AT_ONCE, { detail: 'Too many notices are tried again; wait for some.', retryAfterSeconds: 2 });
  app.post('/v1/notifications/:id/retry', retry, async (request, reply) => {
    const { id } = request.params;
    const keyed = idempotentRequestOf(request, { schema: 'notification', scope: callerOf(request).accountId });
    const answer = await withClaim(deps.db, keyed, async () => {
      await door.enter(async () => retryNotice(deps, id));
      return { status: 200 };
    });
    // Made of the notice as it is: what is kept of an answer names nobody.
    return sendIdempotent(reply, { ...answer, body: await getNotice(deps.db, id) });
  });
}
