import type { MigrationSet } from '#platform/migrate.ts';

import { catalogue } from './0001-catalogue.ts';
import { quote } from './0002-quote.ts';

export const migrations: MigrationSet = { schema: 'catalog', migrations: { '0001-catalogue': catalogue, '0002-quote': quote } };
