import { join } from 'node:path';

import type { Migration } from 'kysely/migration';

import { policiesOf } from '#contracts/sync-policy.ts';
import type { MigrationSet } from '#platform/migrate.ts';
import { migrationFromFolder } from '#platform/migrations/from-folder.ts';
import { makeSynced } from '#platform/synced-table.ts';

import { schema } from './0001-schema.ts';
import { idempotency } from './0003-idempotency.ts';
import { alertsTold } from './0004-alerts-told.ts';
import { inUse } from './0005-in-use.ts';
import { inUseElsewhere } from './0006-in-use-elsewhere.ts';
import { writeOff } from './0007-write-off.ts';
import { returnStores } from './0008-return-stores.ts';

const tables = migrationFromFolder(join(import.meta.dirname, '0002-stock'));

/** Stock, its ledger, reservations, and what of it crosses the border. */
const stock: Migration = {
  async up(db) {
    await tables.up(db);
    for (const policy of policiesOf('inventory')) await makeSynced(db, policy);
  },
};

export const migrations: MigrationSet = {
  schema: 'inventory',
  migrations: {
    '0001-schema': schema,
    '0002-stock': stock,
    '0003-idempotency': idempotency,
    '0004-alerts-told': alertsTold,
    '0005-in-use': inUse,
    '0006-in-use-elsewhere': inUseElsewhere,
    '0007-write-off': writeOff,
    '0008-return-stores': returnStores,
  },
};
