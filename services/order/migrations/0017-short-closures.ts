import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * How many units of a line will not come. What was given up is neither shipped nor returned, which the check holds, whichever release writes.
 *
 * This and the next three belong together: each locks one table that the service writes, since the service takes those tables in either direction (a checkout and a
 * cancellation the order first, a settled refund the refund first), and whoever waits for one while it holds none is in nobody's deadlock. Checks come unproved, for a
 * table is locked against everybody while it is read through; the last of the four proves them under a lock that lets everybody work.
 */
export const shortClosures: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE orders.order_line
        ADD COLUMN short_closed int NOT NULL DEFAULT 0,
        ADD CONSTRAINT order_line_short_closed_check CHECK (short_closed >= 0 AND shipped + short_closed <= quantity) NOT VALID`.execute(
      db,
    );
  },
};
