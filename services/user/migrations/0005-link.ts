import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { policyOf } from '#contracts/sync-policy.ts';
import { makeSynced } from '#platform/synced-table.ts';

/**
 * A person in both regions. `link` crosses and knows nobody; `linked_account` says who it is, and stays. Nobody is tied who has not agreed to `cross_border`,
 * and a link that has ended, here or there, ties nobody any more.
 */
export const link: Migration = {
  async up(db) {
    // The code and its end go with the state: they are one part of what is merged, and the constraint is over that part alone.
    await sql`
      CREATE TABLE users.link (
        id uuid PRIMARY KEY,
        home_region text COLLATE "C" NOT NULL,
        state text COLLATE "C" NOT NULL,
        code_hash text COLLATE "C" CHECK (code_hash ~ '^[0-9a-f]{64}$'),
        code_expires_at timestamptz,
        CONSTRAINT a_code_while_offered CHECK (num_nonnulls(code_hash, code_expires_at) = CASE state WHEN 'offered' THEN 2 ELSE 0 END)
      )`.execute(db);
    await sql`CREATE INDEX link_code ON users.link (code_hash) WHERE code_hash IS NOT NULL`.execute(db);
    await sql`
      CREATE TABLE users.linked_account (
        account_id uuid PRIMARY KEY REFERENCES users.profile ON DELETE CASCADE,
        person_id uuid NOT NULL UNIQUE REFERENCES users.link,
        linked_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`.execute(db);
    await sql`
      CREATE FUNCTION users.require_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF NOT users.consents_to(NEW.account_id, 'cross_border') THEN
          RAISE EXCEPTION 'nobody is linked who has not agreed to it' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER require_consent BEFORE INSERT ON users.linked_account FOR EACH ROW EXECUTE FUNCTION users.require_consent()`.execute(
      db,
    );
    await sql`
      CREATE FUNCTION users.untie_ended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        DELETE FROM users.linked_account a WHERE a.person_id = NEW.id;
        RETURN NULL;
      END $$`.execute(db);
    // Whoever writes it, sync too: an end that comes from the other region unties the account here.
    await sql`
      CREATE TRIGGER untie_ended AFTER UPDATE ON users.link FOR EACH ROW WHEN (NEW.state = 'ended') EXECUTE FUNCTION users.untie_ended()`.execute(
      db,
    );
    await sql`
      CREATE FUNCTION users.end_link(account_id uuid) RETURNS int
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        WITH ended AS (
          UPDATE users.link l SET state = 'ended', code_hash = NULL, code_expires_at = NULL
          FROM users.linked_account a WHERE a.account_id = end_link.account_id AND l.id = a.person_id
          RETURNING 1
        ) SELECT count(*)::int FROM ended
      $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION users.require_consent, users.untie_ended, users.end_link FROM PUBLIC`.execute(db);
    await makeSynced(db, policyOf('users.link'));
    await sql`GRANT SELECT, INSERT, UPDATE (state, code_hash, code_expires_at) ON users.link TO users`.execute(db);
    await sql`GRANT SELECT, INSERT ON users.linked_account TO users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.end_link TO users`.execute(db);
  },
};
