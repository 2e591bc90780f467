import { type Kysely, type RawBuilder, sql } from 'kysely';

import type { SecurityEventKind } from '#contracts/security-events.ts';
import { instantText, selectPage } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { Contact } from '../contacts/contact.ts';
import { columnOf } from '../contacts/contacts.repository.ts';
import type { AuthTables } from '../tables.ts';

/** One line of the security log. No address, no e-mail, no number, no code: `client` is a keyed digest, `detail` holds words of ours. */
export interface NewEvent {
  readonly kind: SecurityEventKind;
  /** Whom it is about; null where that is no account. */
  readonly accountId: string | null;
  /** Who did it, where that is somebody else. */
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly client?: string | undefined;
  readonly detail?: Readonly<Record<string, string>>;
}

export const insertEvent = (db: Kysely<AuthTables>, event: NewEvent): Promise<void> => insert(db, event, sql`${event.accountId}::uuid`);

/** The same about several accounts at once. */
export async function insertEvents(
  db: Kysely<AuthTables>,
  event: Omit<NewEvent, 'accountId' | 'detail'>,
  accountIds: readonly string[],
): Promise<void> {
  await sql`
    INSERT INTO auth.security_event (kind, account_id, actor_id, client)
    SELECT ${event.kind}, a, ${event.actorId ?? null}::uuid, ${event.client ?? null} FROM unnest(${accountIds}::uuid[]) AS a`.execute(db);
}

/** The same for what is known by its contact alone: about the account that has it, or about none. The same statement either way. */
export const insertEventOf = (db: Kysely<AuthTables>, contact: Contact | undefined, event: Omit<NewEvent, 'accountId'>): Promise<void> =>
  insert(db, event, sql`(SELECT a.id FROM auth.account a WHERE ${columnOf(contact?.kind ?? 'email', 'a')} = ${contact?.address ?? null})`);

async function insert(db: Kysely<AuthTables>, event: Omit<NewEvent, 'accountId'>, accountId: RawBuilder<unknown>): Promise<void> {
  await sql`
    INSERT INTO auth.security_event (kind, account_id, actor_id, session_id, client, detail)
    VALUES (${event.kind}, ${accountId}, ${event.actorId ?? null}, ${event.sessionId ?? null}, ${event.client ?? null},
      ${JSON.stringify(event.detail ?? {})}::jsonb)`.execute(db);
}

/** Forgets some of what is older than the log keeps. */
export async function forgetOldEvents(db: Kysely<AuthTables>): Promise<void> {
  await sql`SELECT auth.forget_old_events()`.execute(db);
}

export interface EventRow {
  readonly id: string;
  readonly at: string;
  readonly kind: SecurityEventKind;
  readonly account_id: string | null;
  readonly actor_id: string | null;
  readonly session_id: string | null;
  readonly client: string | null;
  readonly detail: Record<string, string>;
}

export interface EventFilter {
  readonly accountId: string | undefined;
  readonly kind: SecurityEventKind | undefined;
}

export async function selectEvents(db: Kysely<AuthTables>, { accountId, kind }: EventFilter, order: Order) {
  const filters: RawBuilder<unknown>[] = [];
  if (accountId !== undefined) filters.push(sql`t.account_id = ${accountId}`);
  if (kind !== undefined) filters.push(sql`t.kind = ${kind}`);
  return selectPage<EventRow, AuthTables>(db, {
    table: 'auth.security_event',
    columns: sql`t.id, ${instantText(sql`t.at`)} AS at, t.kind, t.account_id, t.actor_id, t.session_id, t.client, t.detail`,
    filters,
    sort: { expression: sql`t.at`, type: 'timestamptz' },
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}
