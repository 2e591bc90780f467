import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const idempotency: Migration = {
  async up(db) {
    await sql`CREATE TABLE orders.idempotency (scope text, key text, request_hash text NOT NULL, result jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (scope, key))`.execute(
      db,
    );
    await sql`GRANT SELECT, INSERT ON orders.idempotency TO orders`.execute(db);
  },
};
