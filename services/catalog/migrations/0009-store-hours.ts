import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/**
 * When a store is open, as one value: it is read and written whole, and two regions that change it at the same time must not make one of two halves. Which
 * store is nearest is found by latitude alone, which an ordinary index serves; the distance is exact, and stores on one degree of latitude are few.
 */
export const storeHours: Migration = {
  async up(db) {
    await sql`ALTER TABLE catalog.store ADD COLUMN opening_hours jsonb CHECK (jsonb_typeof(opening_hours) = 'object')`.execute(db);
    await sql`CREATE INDEX store_latitude ON catalog.store (latitude) WHERE longitude IS NOT NULL`.execute(db);
    const columns = ['code', 'name', 'city', 'country', 'latitude', 'longitude', 'opening_hours'];
    await makeSynced(db, policyAsOf('catalog.store', columns));
  },
};
