import type { Migration } from 'kysely/migration';

import { createIdempotencyTable } from '#platform/idempotency/idempotency.repository.ts';

/** Which requests were done: ids of what they made, and no more. */
export const idempotency: Migration = {
  up: (db) => createIdempotencyTable(db, 'orders', 'orders'),
};
