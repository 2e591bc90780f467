import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { policyOf } from '#contracts/sync-policy.ts';
import { makeSynced } from '#platform/synced-table.ts';

/**
 * An erasure that reaches the other region: its link goes to `erased`, further than `ended`, and whose account is tied to it there is to be erased, too. Who that is
 * is written down in the transaction in which the state arrives, for the same trigger unties the account.
 */
export const erasureEverywhere: Migration = {
  async up(db) {
    await makeSynced(db, policyOf('users.link'));
    // No foreign key to the profile: the lock that it takes is one that an erasure holds while it waits for the link.
    await sql`
      CREATE TABLE users.erasure_due (
        account_id uuid PRIMARY KEY,
        since timestamptz NOT NULL DEFAULT clock_timestamp()
      )`.execute(db);
    await sql`
      ALTER TABLE users.erasure
        ADD COLUMN by_other_region boolean NOT NULL DEFAULT false,
        ADD COLUMN other_account text COLLATE "C" NOT NULL DEFAULT 'none' CHECK (other_account IN ('none', 'stays', 'erased'))`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION users.untie_ended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        WITH untied AS (DELETE FROM users.linked_account a WHERE a.person_id = NEW.id RETURNING a.account_id)
        INSERT INTO users.erasure_due (account_id) SELECT u.account_id FROM untied u WHERE NEW.state = 'erased' ON CONFLICT DO NOTHING;
        RETURN NULL;
      END $$`.execute(db);
    await sql`
      CREATE OR REPLACE TRIGGER untie_ended AFTER UPDATE ON users.link FOR EACH ROW WHEN (NEW.state IN ('ended', 'erased'))
      EXECUTE FUNCTION users.untie_ended()`.execute(db);
    // What is over stays so: who waited for it here may find that it was erased meanwhile, which is no state to go back from.
    await sql`
      CREATE OR REPLACE FUNCTION users.end_link(account_id uuid) RETURNS int
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        WITH ended AS (
          UPDATE users.link l SET state = 'ended', code_hash = NULL, code_expires_at = NULL
          FROM users.linked_account a WHERE a.account_id = end_link.account_id AND l.id = a.person_id AND l.state IN ('offered', 'linked')
          RETURNING 1
        ) SELECT count(*)::int FROM ended
      $$`.execute(db);
    // The other region may be a release ahead: what it has erased before this one knew the state.
    await sql`
      WITH untied AS (
        DELETE FROM users.linked_account a USING users.link l WHERE l.id = a.person_id AND l.state = 'erased' RETURNING a.account_id)
      INSERT INTO users.erasure_due (account_id) SELECT u.account_id FROM untied u`.execute(db);
    await sql`GRANT SELECT, DELETE ON users.erasure_due TO users`.execute(db);
  },
};
