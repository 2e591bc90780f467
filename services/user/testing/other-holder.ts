import type pg from 'pg';

import type { Holder } from '../personal-data/holders.ts';

/** A holder that is no service of ours: a schema with a table, and the two functions that every holder offers. */
export const otherHolder = 'elsewhere' as Holder;

const SCHEMA = `
  CREATE SCHEMA elsewhere;
  CREATE TABLE elsewhere.held (account_id uuid NOT NULL, what text NOT NULL);
  CREATE FUNCTION elsewhere.export_of(account uuid) RETURNS jsonb LANGUAGE sql SECURITY DEFINER
    AS $$ SELECT jsonb_agg(what) FROM elsewhere.held WHERE account_id = account $$;
  CREATE FUNCTION elsewhere.erase(account uuid) RETURNS int LANGUAGE sql SECURITY DEFINER
    AS $$ WITH gone AS (DELETE FROM elsewhere.held WHERE account_id = account RETURNING 1) SELECT count(*)::int FROM gone $$;
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA elsewhere FROM PUBLIC;
  GRANT USAGE ON SCHEMA elsewhere TO users;
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA elsewhere TO users;`;

/** Makes the other holder. `owner` is the superuser's. */
export async function makeOtherHolder(owner: pg.Pool): Promise<void> {
  await owner.query(SCHEMA);
}
