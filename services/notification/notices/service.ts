import type { Notice, NoticeListQuery } from '#contracts/notification.ts';
import type { Page } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import type { NotificationDb, SendDeps } from '../deps.ts';
import { deliver } from './deliver.ts';
import { findNotice, type NoticeRow, noticeSortType, requeue, selectNotices } from './notices.repository.ts';

/** The newest first, where nothing else is asked for. */
export async function listNotices(db: NotificationDb, query: NoticeListQuery): Promise<Page<Notice>> {
  const order = orderOf(query, '-createdAt', noticeSortType);
  return pageFrom(await selectNotices(db, query, order), order, noticeOf);
}

/** Throws AppError `not_found`. */
export async function getNotice(db: NotificationDb, id: string): Promise<Notice> {
  const row = await findNotice(db, id);
  if (row === undefined) throw new AppError('not_found');
  return noticeOf(row);
}

/** Tries a notice that has failed or is dead at once, with all its attempts before it. Throws AppError `not_found`, `state_conflict`. */
export async function retryNotice(deps: SendDeps, id: string): Promise<void> {
  if (!(await requeue(deps.db, id))) {
    const { state } = await getNotice(deps.db, id);
    throw new AppError('state_conflict', { detail: `It is ${state}: there is nothing to try again.` });
  }
  await deliver(deps, id);
}

function noticeOf(row: NoticeRow): Notice {
  return {
    id: row.id,
    eventId: row.event_id,
    eventType: row.event_type,
    subjectId: row.subject_id,
    accountId: row.account_id,
    channel: row.channel,
    template: row.template,
    language: row.language,
    state: row.state,
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    providerMessageId: row.provider_message_id,
    errorCode: row.error_code,
    createdAt: row.created_at,
    sentAt: row.sent_at,
  };
}
