import { type RawBuilder, sql } from 'kysely';

import type { Contact } from './contact.ts';

/** The column that holds contacts of a kind, of a table that is called `alias` in the query. */
export const columnOf = (kind: Contact['kind'], alias?: string): RawBuilder<unknown> =>
  sql.ref(alias === undefined ? kind : `${alias}.${kind}`);
