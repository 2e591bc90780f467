import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Whom a pending order keeps goods for, and how many: what is held of one is bounded. `holder` is a digest of an account or of a client's network, and goes when the
 * order is not pending any more. Orders from before this release count for nobody.
 */
export const holders: Migration = {
  async up(db) {
    await sql`ALTER TABLE orders.order ADD COLUMN holder bytea, ADD COLUMN units int CHECK (units > 0)`.execute(db);
    await sql`CREATE INDEX order_holder ON orders.order (holder) WHERE state = 'pending' AND holder IS NOT NULL`.execute(db);
  },
};
