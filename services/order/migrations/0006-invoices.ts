import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Invoices, numbered without gaps: the number comes from a row that is locked until the transaction ends, not from a sequence, whose numbers are used up by what
 * rolls back. Amounts and lines are the order's, which do not change; the buyer is a copy, so that it can be forgotten by itself.
 */
export const invoices: Migration = {
  async up(db) {
    await sql`CREATE TABLE orders.invoice_counter (year int PRIMARY KEY, last int NOT NULL CHECK (last > 0))`.execute(db);
    await sql`
      CREATE TABLE orders.invoice (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL UNIQUE REFERENCES orders.order,
        number text COLLATE "C" NOT NULL UNIQUE,
        issued_at timestamptz NOT NULL,
        buyer jsonb
      )`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE ON orders.invoice_counter TO orders`.execute(db);
    await sql`GRANT SELECT, INSERT ON orders.invoice TO orders`.execute(db);
  },
};
