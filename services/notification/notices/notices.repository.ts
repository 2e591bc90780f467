import { type RawBuilder, sql } from 'kysely';
import { Compile } from 'typebox/compile';

import type { EventMessage, EventType } from '#contracts/events.ts';
import type { NoticeChannel, NoticeState } from '#contracts/notification.ts';
import type { Language } from '#contracts/user.ts';
import { Instant } from '#contracts/values.ts';
import { isRealInstant } from '#platform/instant.ts';
import { instantText, selectPage, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { NotificationDb } from '../deps.ts';

export interface NoticeRow {
  readonly id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly subject_id: string;
  readonly account_id: string | null;
  readonly channel: NoticeChannel;
  readonly template: string;
  readonly language: Language | null;
  readonly state: NoticeState;
  readonly attempts: number;
  readonly next_try_at: string | null;
  readonly provider_message_id: string | null;
  readonly error_code: string | null;
  readonly created_at: string;
  readonly sent_at: string | null;
}

/** A notice that is this sender's until its lease ends. */
export interface ClaimedNotice {
  readonly id: string;
  readonly claim: string;
  readonly subject_id: string;
  readonly template: string;
  readonly channel: NoticeChannel;
  readonly attempts: number;
  /** When its event was; null where that is not known. */
  readonly occurred_at: string | null;
}

const columns = sql`t.id, t.event_id, t.event_type, t.subject_id, t.account_id, t.channel, t.template, t.language, t.state, t.attempts,
  ${instantText(sql`t.next_try_at`)} AS next_try_at, t.provider_message_id, t.error_code, ${instantText(sql`t.created_at`)} AS created_at,
  ${instantText(sql`t.sent_at`)} AS sent_at`;

const byAge: SortKey = { expression: sql`t.created_at`, type: 'timestamptz' };
export const noticeSortType = (): SortKey['type'] => byAge.type;

export async function selectNotices(db: NotificationDb, filter: { readonly state?: NoticeState; readonly type?: EventType }, order: Order) {
  const filters: RawBuilder<unknown>[] = [];
  if (filter.state !== undefined) filters.push(sql`t.state = ${filter.state}`);
  if (filter.type !== undefined) filters.push(sql`t.event_type = ${filter.type}`);
  return selectPage<NoticeRow>(db, {
    table: 'notification.notice',
    columns,
    filters,
    sort: byAge,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

export async function findNotice(db: NotificationDb, id: string): Promise<NoticeRow | undefined> {
  const { rows } = await sql<NoticeRow>`SELECT ${columns} FROM notification.notice t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}

const instants = Compile(Instant);

/** When an event was; null where it says so in a way that is none. Pure. */
const timeOf = ({ time }: EventMessage): string | null => (instants.Check(time) && isRealInstant(time) ? time : null);

/** The id of the event's notice by mail, which each event has first and which is made where there is none. */
export async function ensureNotice(db: NotificationDb, id: string, event: EventMessage, template: string): Promise<string> {
  await sql`
    INSERT INTO notification.notice (id, event_id, event_type, subject_id, channel, template, occurred_at)
    VALUES (${id}, ${event.id}, ${event.type}, ${event.subject}, 'email', ${template}, ${timeOf(event)})
    ON CONFLICT (event_id, channel) DO NOTHING`.execute(db);
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM notification.notice WHERE event_id = ${event.id} AND channel = 'email'`.execute(db);
  if (rows[0] === undefined) throw new Error('a notice vanished while it was made');
  return rows[0].id;
}

/** Makes a notice the caller's for `leaseMs`; undefined where it is settled, not due yet, or another's. */
export async function claimNotice(db: NotificationDb, id: string, claim: string, leaseMs: number): Promise<ClaimedNotice | undefined> {
  const { rows } = await sql<ClaimedNotice>`
    UPDATE notification.notice
    SET state = 'sending', attempts = attempts + 1, claim = ${claim}, next_try_at = NULL,
      leased_until = clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'
    WHERE id = ${id} AND (state IN ('queued', 'failed') AND next_try_at <= clock_timestamp()
      OR state = 'sending' AND leased_until < clock_timestamp())
    RETURNING id, claim, subject_id, template, channel, attempts, ${instantText(sql`occurred_at`)} AS occurred_at`.execute(db);
  return rows[0];
}

export interface Standing {
  readonly state: NoticeState;
  readonly waitMs: number;
  /** The notice by text message that has taken this one's place. */
  readonly smsNoticeId: string | null;
}

/** Where a notice stands, and for how long it is not to be touched yet. */
export async function standingOf(db: NotificationDb, id: string): Promise<Standing | undefined> {
  const { rows } = await sql<Standing>`
    SELECT n.state, greatest(0, ceil(extract(epoch FROM coalesce(n.leased_until, n.next_try_at) - clock_timestamp()) * 1000))::int AS "waitMs",
      s.id AS "smsNoticeId"
    FROM notification.notice n LEFT JOIN notification.notice s ON s.event_id = n.event_id AND s.channel = 'sms' AND n.channel = 'email'
    WHERE n.id = ${id}`.execute(db);
  return rows[0];
}

/**
 * Ends the claim of a notice by mail, and puts one by text message in its place, in one step: an event has both never due at once. The new one's id; undefined where the
 * claim is another's by now.
 */
export async function passToSms(db: NotificationDb, { id, claim }: ClaimedNotice, smsId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    WITH ended AS (
      UPDATE notification.notice SET state = 'suppressed', error_code = 'told_by_sms', next_try_at = NULL, claim = NULL, leased_until = NULL
      WHERE id = ${id} AND claim = ${claim} RETURNING *)
    INSERT INTO notification.notice (id, event_id, event_type, subject_id, account_id, channel, template, language, occurred_at)
    SELECT ${smsId}, event_id, event_type, subject_id, account_id, 'sms', template, language, occurred_at FROM ended
    RETURNING id`.execute(db);
  return rows[0]?.id;
}

/** Says whom a notice is for, as soon as that is known. */
export async function recordReader(
  db: NotificationDb,
  { id, claim }: ClaimedNotice,
  accountId: string | null,
  language: Language,
): Promise<void> {
  await sql`
    UPDATE notification.notice SET account_id = ${accountId}, language = ${language} WHERE id = ${id} AND claim = ${claim}`.execute(db);
}

/** Whoever has handed it over says so, even where another has taken the notice over meanwhile: it is true. */
export async function markSent(db: NotificationDb, id: string, providerMessageId: string | null): Promise<void> {
  await sql`
    UPDATE notification.notice SET state = 'sent', sent_at = clock_timestamp(), provider_message_id = ${providerMessageId}, error_code = NULL,
      claim = NULL, leased_until = NULL, next_try_at = NULL
    WHERE id = ${id} AND state <> 'sent'`.execute(db);
}

/** Ends the claim in `state`. Nothing happens where the notice is another's by now. */
export async function endClaim(
  db: NotificationDb,
  { id, claim }: ClaimedNotice,
  end: { readonly state: 'suppressed' | 'dead' } | { readonly state: 'failed'; readonly retryMs: number },
  errorCode: string,
): Promise<void> {
  const nextTryAt = end.state === 'failed' ? sql`clock_timestamp() + ${end.retryMs}::int * interval '1 millisecond'` : sql`NULL`;
  await sql`
    UPDATE notification.notice SET state = ${end.state}, error_code = ${errorCode}, next_try_at = ${nextTryAt}, claim = NULL, leased_until = NULL
    WHERE id = ${id} AND claim = ${claim}`.execute(db);
}

/** Gives up a notice that nobody is sending. */
export async function bury(db: NotificationDb, id: string, errorCode: string): Promise<void> {
  await sql`
    UPDATE notification.notice SET state = 'dead', next_try_at = NULL, claim = NULL, leased_until = NULL,
      error_code = coalesce(error_code, ${errorCode})
    WHERE id = ${id} AND (state IN ('queued', 'failed') OR state = 'sending' AND leased_until < clock_timestamp())`.execute(db);
}

/** Lets a notice that has failed or is dead begin anew; false where it is in another state. */
export async function requeue(db: NotificationDb, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE notification.notice SET state = 'queued', attempts = 0, next_try_at = clock_timestamp() WHERE id = ${id} AND state IN ('failed', 'dead')`.execute(
    db,
  );
  return numAffectedRows === 1n;
}

/** Notices that may be sent now, the longest due first. */
export async function selectDue(db: NotificationDb, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM notification.notice
    WHERE state IN ('queued', 'failed', 'sending') AND coalesce(leased_until, next_try_at) <= clock_timestamp()
    ORDER BY coalesce(leased_until, next_try_at) LIMIT ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Takes an account that has been erased out of all notices; the events that they answered stay known. */
export async function forgetAccount(db: NotificationDb, accountId: string): Promise<void> {
  await sql`SELECT notification.erase(${accountId}::uuid)`.execute(db);
}

/** Deletes what was settled, given up, refused or lifted more than `days` ago. No queue keeps a message for as long, and nobody tries a notice again that old. */
export async function deleteOld(db: NotificationDb, days: number): Promise<number> {
  const notices = await sql`
    DELETE FROM notification.notice WHERE state IN ('sent', 'suppressed', 'dead') AND created_at < now() - ${days}::int * interval '1 day'`.execute(
    db,
  );
  const refused = await sql`DELETE FROM notification.refused_message WHERE at < now() - ${days}::int * interval '1 day'`.execute(db);
  const lifted = await sql`DELETE FROM notification.lifted_suppression WHERE at < now() - ${days}::int * interval '1 day'`.execute(db);
  return Number([notices, refused, lifted].reduce((sum, { numAffectedRows }) => sum + (numAffectedRows ?? 0n), 0n));
}
