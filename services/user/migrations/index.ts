import type { MigrationSet } from '#platform/migrate.ts';

import { schema } from './0001-schema.ts';
import { profile } from './0002-profile.ts';
import { address } from './0003-address.ts';
import { consent } from './0004-consent.ts';

export const migrations: MigrationSet = {
  schema: 'users',
  migrations: { '0001-schema': schema, '0002-profile': profile, '0003-address': address, '0004-consent': consent },
};
