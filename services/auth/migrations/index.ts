import type { MigrationSet } from '#platform/migrate.ts';

import { accounts } from './0001-accounts.ts';
import { accountStates } from './0002-account-states.ts';
import { securityEvents } from './0003-security-events.ts';
import { sessions } from './0004-sessions.ts';
import { offered } from './0006-offered.ts';

export const migrations: MigrationSet = {
  schema: 'auth',
  migrations: {
    '0001-accounts': accounts,
    '0002-account-states': accountStates,
    '0003-security-events': securityEvents,
    '0004-sessions': sessions,
    '0006-offered': offered,
  },
};
