import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What the provider refuses to pay back is still owed: another refund takes its place, by the provider once more or by another way. One alone: `retry_of` is unique.
 * `given_by` null is as the payment was taken.
 */
export const refundRetries: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE orders.refund
        ADD COLUMN retry_of uuid UNIQUE REFERENCES orders.refund,
        ADD COLUMN given_by text COLLATE "C" CHECK (given_by IN ('provider', 'elsewhere')),
        ADD COLUMN reference text COLLATE "C",
        -- The staff account that asked for it; null of what nobody asked for.
        ADD COLUMN requested_by uuid`.execute(db);
    await sql`CREATE INDEX refund_failed ON orders.refund (created_at, id) WHERE state = 'failed'`.execute(db);
  },
};
