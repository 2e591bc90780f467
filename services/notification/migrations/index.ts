import type { MigrationSet } from '#platform/migrate.ts';

import { schema } from './0001-schema.ts';
import { notices } from './0002-notices.ts';
import { offered } from './0003-offered.ts';
import { sms } from './0004-sms.ts';
import { idempotency } from './0005-idempotency.ts';
import { lifted } from './0006-lifted.ts';
import { erasedKeys } from './0007-erased-keys.ts';
import { eventTime } from './0008-event-time.ts';

export const migrations: MigrationSet = {
  schema: 'notification',
  migrations: {
    '0001-schema': schema,
    '0002-notices': notices,
    '0003-offered': offered,
    '0004-sms': sms,
    '0005-idempotency': idempotency,
    '0006-lifted': lifted,
    '0007-erased-keys': erasedKeys,
    '0008-event-time': eventTime,
  },
};
