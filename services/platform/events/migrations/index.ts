import type { MigrationSet } from '../../migrate.ts';

import { outbox } from './0001-outbox.ts';

export const migrations: MigrationSet = { schema: 'events', migrations: { '0001-outbox': outbox } };
