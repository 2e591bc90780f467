import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Which guest's cart became a part of which account's, so that a claim that is sent again is answered as it was. It goes with the account's cart; of the guest's token
 * the hash alone is kept, as of any.
 */
export const cartClaims: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE orders.cart_claim (
        guest_cart_id uuid PRIMARY KEY,
        token_hash bytea NOT NULL,
        cart_id uuid NOT NULL REFERENCES orders.cart ON DELETE CASCADE
      )`.execute(db);
    await sql`CREATE INDEX cart_claim_cart ON orders.cart_claim (cart_id)`.execute(db);
    await sql`GRANT SELECT, INSERT ON orders.cart_claim TO orders`.execute(db);
  },
};
