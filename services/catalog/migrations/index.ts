import type { MigrationSet } from '#platform/migrate.ts';

import { catalogue } from './0001-catalogue.ts';

export const migrations: MigrationSet = { schema: 'catalog', migrations: { '0001-catalogue': catalogue } };
