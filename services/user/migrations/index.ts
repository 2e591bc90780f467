import type { MigrationSet } from '#platform/migrate.ts';

import { schema } from './0001-schema.ts';
import { profile } from './0002-profile.ts';
import { address } from './0003-address.ts';
import { consent } from './0004-consent.ts';
import { link } from './0005-link.ts';
import { personalData } from './0006-personal-data.ts';
import { hold } from './0007-hold.ts';
import { erasureEverywhere } from './0008-erasure-everywhere.ts';
import { copyRequest } from './0009-copy-request.ts';
import { addressChanged } from './0010-address-changed.ts';

export const migrations: MigrationSet = {
  schema: 'users',
  migrations: {
    '0001-schema': schema,
    '0002-profile': profile,
    '0003-address': address,
    '0004-consent': consent,
    '0005-link': link,
    '0006-personal-data': personalData,
    '0007-hold': hold,
    '0008-erasure-everywhere': erasureEverywhere,
    '0009-copy-request': copyRequest,
    '0010-address-changed': addressChanged,
  },
};
