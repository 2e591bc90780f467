import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Attempts to pay, and what is paid back. One attempt of an order is under way at a time. `refunded_minor` is the sum of the refunds that are asked for or done: the
 * check on it is what no path can get past. A method's token is used once and kept nowhere.
 */
export const payments: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE orders.payment (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders.order,
        state text COLLATE "C" NOT NULL CHECK (state IN ('started', 'unknown', 'captured', 'failed')),
        amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
        currency text COLLATE "C" NOT NULL,
        refunded_minor int8 NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        settled_at timestamptz,
        CHECK (refunded_minor = 0 OR state = 'captured')
      )`.execute(db);
    await sql`CREATE INDEX payment_order ON orders.payment (order_id, created_at)`.execute(db);
    await sql`CREATE UNIQUE INDEX payment_under_way ON orders.payment (order_id) WHERE state IN ('started', 'unknown')`.execute(db);
    await sql`CREATE INDEX payment_asked_at ON orders.payment (asked_at) WHERE state IN ('started', 'unknown')`.execute(db);
    await sql`
      CREATE TABLE orders.refund (
        id uuid PRIMARY KEY,
        payment_id uuid NOT NULL REFERENCES orders.payment,
        cause text COLLATE "C" NOT NULL CHECK (cause IN ('cancelled', 'too_late', 'paid_twice', 'returned')),
        state text COLLATE "C" NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'done', 'failed')),
        amount_minor int8 NOT NULL CHECK (amount_minor > 0),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        settled_at timestamptz
      )`.execute(db);
    await sql`CREATE INDEX refund_payment ON orders.refund (payment_id)`.execute(db);
    await sql`CREATE INDEX refund_asked_at ON orders.refund (asked_at) WHERE state = 'requested'`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE ON orders.payment, orders.refund TO orders`.execute(db);
  },
};
