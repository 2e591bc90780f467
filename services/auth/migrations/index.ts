import type { MigrationSet } from '#platform/migrate.ts';

import { accounts } from './0001-accounts.ts';

export const migrations: MigrationSet = { schema: 'auth', migrations: { '0001-accounts': accounts } };
