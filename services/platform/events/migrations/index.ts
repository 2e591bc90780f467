import type { MigrationSet } from '../../migrate.ts';

import { outbox } from './0001-outbox.ts';
import { origin } from './0002-origin.ts';

export const migrations: MigrationSet = { schema: 'events', migrations: { '0001-outbox': outbox, '0002-origin': origin } };
