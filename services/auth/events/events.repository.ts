import { type Kysely, sql } from 'kysely';

import type { SecurityEventKind } from '#contracts/security-events.ts';

import type { AuthTables } from '../tables.ts';

/** One line of the security log. No address, no e-mail, no code: `client` is a keyed digest, `detail` holds words of ours. */
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

export async function insertEvent(db: Kysely<AuthTables>, event: NewEvent): Promise<void> {
  await sql`
    INSERT INTO auth.security_event (kind, account_id, actor_id, session_id, client, detail)
    VALUES (${event.kind}, ${event.accountId}, ${event.actorId ?? null}, ${event.sessionId ?? null}, ${event.client ?? null},
      ${JSON.stringify(event.detail ?? {})}::jsonb)`.execute(db);
}
