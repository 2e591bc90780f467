import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Who is forgotten leaves no Idempotency-Key either: its scope is the account. Keys are not counted, as in orders: they are over within a day. What earlier erasures have
 * left is over by then, too.
 */
export const erasedKeys: Migration = {
  async up(db) {
    await sql`
      CREATE OR REPLACE FUNCTION auth.erase(account_id uuid) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        held record;
        challenges int;
      BEGIN
        SELECT a.email, a.phone INTO held FROM auth.account a WHERE a.id = $1 FOR UPDATE;
        IF NOT FOUND THEN RETURN 0; END IF;
        DELETE FROM auth.challenge c WHERE c.email = held.email OR c.phone = held.phone OR c.account_id = $1;
        GET DIAGNOSTICS challenges = ROW_COUNT;
        DELETE FROM auth.idempotency_key k WHERE k.scope = $1::text;
        DELETE FROM auth.account a WHERE a.id = $1;
        INSERT INTO auth.security_event (kind, account_id) VALUES ('erased', $1);
        RETURN 1 + challenges;
      END $$`.execute(db);
  },
};
