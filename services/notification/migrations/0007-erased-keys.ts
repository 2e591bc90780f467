import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Staff who is forgotten leaves no Idempotency-Key either: its scope is the account. Keys are not counted: they are over within a day. */
export const erasedKeys: Migration = {
  async up(db) {
    await sql`
      CREATE OR REPLACE FUNCTION notification.erase(account_id uuid) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        forgotten int;
      BEGIN
        UPDATE notification.notice n SET account_id = NULL, language = NULL, provider_message_id = NULL WHERE n.account_id = $1;
        GET DIAGNOSTICS forgotten = ROW_COUNT;
        DELETE FROM notification.idempotency_key k WHERE k.scope = $1::text;
        RETURN forgotten;
      END $$`.execute(db);
  },
};
