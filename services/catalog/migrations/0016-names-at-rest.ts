import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Waits for who was writing products, or what refers to them, while 0013 ran: they have made entries by the words as they were, and who reads now does not see their
 * products. It does nothing more, so that nobody waits for what comes next.
 */
export const namesAtRest: Migration = {
  async up(db) {
    await sql`LOCK TABLE catalog.product IN EXCLUSIVE MODE`.execute(db);
  },
};
