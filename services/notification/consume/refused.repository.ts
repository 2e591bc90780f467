import { sql } from 'kysely';

import type { NotificationDb } from '../deps.ts';

/** Records that a message was dropped, and why. */
export async function recordRefusal(db: NotificationDb, messageId: string, reason: string, type: string | null): Promise<void> {
  await sql`
    INSERT INTO notification.refused_message (id, reason, type) VALUES (${messageId}, ${reason}, ${type}) ON CONFLICT (id) DO NOTHING`.execute(
    db,
  );
}
