import type { MigrationSet } from '#platform/migrate.ts';

import { accounts } from './0001-accounts.ts';
import { accountStates } from './0002-account-states.ts';
import { securityEvents } from './0003-security-events.ts';
import { sessions } from './0004-sessions.ts';
import { secondFactors } from './0005-second-factors.ts';
import { offered } from './0006-offered.ts';
import { phones } from './0007-phones.ts';
import { idempotency } from './0008-idempotency.ts';
import { contactGeneration } from './0009-contact-generation.ts';
import { erasedKeys } from './0010-erased-keys.ts';

export const migrations: MigrationSet = {
  schema: 'auth',
  migrations: {
    '0001-accounts': accounts,
    '0002-account-states': accountStates,
    '0003-security-events': securityEvents,
    '0004-sessions': sessions,
    '0005-second-factors': secondFactors,
    '0006-offered': offered,
    '0007-phones': phones,
    '0008-idempotency': idempotency,
    '0009-contact-generation': contactGeneration,
    '0010-erased-keys': erasedKeys,
  },
};
