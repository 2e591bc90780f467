import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What a short closure pays back is a refund of that cause. Its credit note is of no return, as a cancellation's is: an order has one of the two.
 * Of what the service writes this locks orders.refund alone, and first: who reads a closure for a notice has read the refunds before.
 */
export const shortClosuresOfRefunds: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE orders.refund
        DROP CONSTRAINT refund_cause_check,
        ADD CONSTRAINT refund_cause_check CHECK (cause IN ('cancelled', 'too_late', 'paid_twice', 'returned', 'short_closed')) NOT VALID`.execute(
      db,
    );
    await sql`ALTER TABLE orders.short_closure ADD COLUMN refund_id uuid REFERENCES orders.refund`.execute(db);
  },
};
