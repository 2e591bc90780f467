import type { Migration } from 'kysely/migration';

import { createIdempotencyTable } from '#platform/idempotency/idempotency.repository.ts';

/** Which notices were tried again by hand, by their ids. */
export const idempotency: Migration = {
  up: (db) => createIdempotencyTable(db, 'notification', 'notification'),
};
