import type { MigrationSet } from '#platform/migrate.ts';

import { schema } from './0001-schema.ts';

export const migrations: MigrationSet = { schema: 'notification', migrations: { '0001-schema': schema } };
