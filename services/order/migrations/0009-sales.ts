import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Sales that were made elsewhere and are recorded here as orders that are over. The merchant's own number is what tells one from another, for good: an idempotency
 * key is forgotten after a day. `content_hash` is of what was recorded under it. Such an order had no cart, and its money did not come by the provider.
 */
export const sales: Migration = {
  async up(db) {
    await sql`ALTER TABLE orders.order ALTER COLUMN cart_id DROP NOT NULL`.execute(db);
    await sql`
      ALTER TABLE orders.payment ADD COLUMN taken_by text COLLATE "C" NOT NULL DEFAULT 'provider' CHECK (taken_by IN ('provider', 'elsewhere'))`.execute(
      db,
    );
    await sql`
      CREATE TABLE orders.sale (
        reference text COLLATE "C" PRIMARY KEY,
        order_id uuid NOT NULL UNIQUE REFERENCES orders.order DEFERRABLE INITIALLY DEFERRED,
        channel text NOT NULL,
        sold_at timestamptz NOT NULL,
        content_hash bytea NOT NULL,
        -- The staff account that recorded it.
        actor text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now()
      )`.execute(db);
    await sql`GRANT SELECT, INSERT ON orders.sale TO orders`.execute(db);
    await sql`ALTER TABLE orders.return ADD COLUMN reference text COLLATE "C"`.execute(db);
    await sql`CREATE UNIQUE INDEX return_reference ON orders.return (order_id, reference) WHERE reference IS NOT NULL`.execute(db);
  },
};
