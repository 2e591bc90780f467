import type { MigrationSet } from '#platform/migrate.ts';

import { catalogue } from './0001-catalogue.ts';
import { quote } from './0002-quote.ts';
import { publication } from './0003-publication.ts';
import { translation } from './0004-translation.ts';
import { search } from './0005-search.ts';
import { price } from './0006-price.ts';
import { variant } from './0007-variant.ts';
import { medium } from './0008-medium.ts';
import { storeHours } from './0009-store-hours.ts';
import { missing } from './0010-missing.ts';
import { quotedNames } from './0011-quoted-names.ts';
import { storeRegion } from './0012-store-region.ts';
import { foldedWidths } from './0013-folded-widths.ts';
import { optionWords } from './0014-option-words.ts';
import { optionEntries } from './0015-option-entries.ts';
import { namesAtRest } from './0016-names-at-rest.ts';
import { foldedEntries } from './0017-folded-entries.ts';

export const migrations: MigrationSet = {
  schema: 'catalog',
  migrations: {
    '0001-catalogue': catalogue,
    '0002-quote': quote,
    '0003-publication': publication,
    '0004-translation': translation,
    '0005-search': search,
    '0006-price': price,
    '0007-variant': variant,
    '0008-medium': medium,
    '0009-store-hours': storeHours,
    '0010-missing': missing,
    '0011-quoted-names': quotedNames,
    '0012-store-region': storeRegion,
    '0013-folded-widths': foldedWidths,
    '0014-option-words': optionWords,
    '0015-option-entries': optionEntries,
    '0016-names-at-rest': namesAtRest,
    '0017-folded-entries': foldedEntries,
  },
};
