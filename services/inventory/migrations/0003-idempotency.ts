import type { Migration } from 'kysely/migration';

import { createIdempotencyTable } from '#platform/idempotency/idempotency.repository.ts';

/** Which receipts, transfers and counts were done, with what was answered: numbers of stock. */
export const idempotency: Migration = {
  up: (db) => createIdempotencyTable(db, 'inventory', 'inventory'),
};
