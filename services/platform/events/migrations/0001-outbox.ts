import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The services that emit events. Each may publish what any of them has left behind; notification, which acts on events, sweeps too. */
const EMITTERS = 'auth, users, catalog, inventory, orders';

/** The outbox of events: written in the transaction of what happened, emptied into the region's event queue. */
export const outbox: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE events.outbox (
        seq int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        type text COLLATE "C" NOT NULL,
        subject text COLLATE "C" NOT NULL,
        occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        token uuid,
        leased_until timestamptz
      )`.execute(db);
    await sql`
      CREATE FUNCTION events.emit(type text, subject text) RETURNS void
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
      AS 'INSERT INTO events.outbox (type, subject) VALUES (type, subject)'`.execute(db);
    // A claim that is lost with its claimer comes back when its lease runs out.
    await sql`
      CREATE FUNCTION events.claim(most int, lease_ms int) RETURNS TABLE (token uuid, seq int8, id uuid, type text, subject text, occurred_at timestamptz)
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
          RETURNING o.seq, o.id, o.type, o.subject, o.occurred_at
        )
        SELECT mine, c.seq, c.id, c.type, c.subject, c.occurred_at FROM claimed c ORDER BY c.seq;
      END $$`.execute(db);
    await sql`
      CREATE FUNCTION events.settle(claim uuid, sent int8[]) RETURNS void
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
      AS 'DELETE FROM events.outbox WHERE seq = ANY (sent) AND token = claim'`.execute(db);
    await sql`
      CREATE FUNCTION events.release(claim uuid, unsent int8[]) RETURNS void
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
      AS 'UPDATE events.outbox SET token = NULL, leased_until = NULL WHERE seq = ANY (unsent) AND token = claim'`.execute(db);
    await sql`REVOKE ALL ON FUNCTION events.emit, events.claim, events.settle, events.release FROM PUBLIC`.execute(db);
    await sql`GRANT USAGE ON SCHEMA events TO ${sql.raw(EMITTERS)}, notification`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION events.emit TO ${sql.raw(EMITTERS)}`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION events.claim, events.settle, events.release TO ${sql.raw(EMITTERS)}, notification`.execute(db);
  },
};
