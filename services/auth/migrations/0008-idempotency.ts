import type { Migration } from 'kysely/migration';

import { createIdempotencyTable } from '#platform/idempotency/idempotency.repository.ts';

/** Which codes were sent, with what was answered: the challenge. Requests are kept as keyed digests, for there are few enough numbers to try them all. */
export const idempotency: Migration = {
  up: (db) => createIdempotencyTable(db, 'auth', 'auth'),
};
