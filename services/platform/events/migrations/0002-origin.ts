import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const EMITTERS = 'auth, users, catalog, inventory, orders';

/**
 * Each event knows the trace and the correlation id of what it came of. Services of the release before emit without them, and claim by `events.claim`, which does not
 * hand them out: what a function answers is a promise.
 */
export const origin: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE events.outbox ADD COLUMN traceparent text COLLATE "C", ADD COLUMN correlation_id text COLLATE "C"`.execute(db);
    await sql`
      CREATE FUNCTION events.emit_from(type text, subject text, traceparent text, correlation_id text) RETURNS void
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
      AS 'INSERT INTO events.outbox (type, subject, traceparent, correlation_id) VALUES (type, subject, traceparent, correlation_id)'`.execute(
      db,
    );
    await sql`
      CREATE FUNCTION events.claim_with_origin(most int, lease_ms int)
      RETURNS TABLE (token uuid, seq int8, id uuid, type text, subject text, occurred_at timestamptz, traceparent text, correlation_id text)
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
      DECLARE
        mine uuid := gen_random_uuid();
      BEGIN
        RETURN QUERY
        WITH picked AS (
          SELECT o.seq FROM events.outbox o
          WHERE o.leased_until IS NULL OR o.leased_until < clock_timestamp()
          ORDER BY o.seq LIMIT most FOR UPDATE SKIP LOCKED
        ), claimed AS (
          UPDATE events.outbox o SET token = mine, leased_until = clock_timestamp() + lease_ms * interval '1 millisecond'
          FROM picked WHERE o.seq = picked.seq
          RETURNING o.seq, o.id, o.type, o.subject, o.occurred_at, o.traceparent, o.correlation_id
        )
        SELECT mine, c.seq, c.id, c.type, c.subject, c.occurred_at, c.traceparent, c.correlation_id FROM claimed c ORDER BY c.seq;
      END $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION events.emit_from, events.claim_with_origin FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION events.emit_from TO ${sql.raw(EMITTERS)}`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION events.claim_with_origin TO ${sql.raw(EMITTERS)}, notification`.execute(db);
  },
};
