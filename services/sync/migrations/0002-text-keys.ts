import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Tables with a key of text can be compared with the other region's: where their ranges are cut, the walk from key to key began with a value of the default collation and went on in that of the column,
 * which PostgreSQL refuses. The first key takes the column's collation from the column, whatever its type. Tables that are made synced from now on have it; those that are have keys of uuid.
 */
export const textKeys: Migration = {
  async up(db) {
    const { numAffectedRows } = await sql`
      UPDATE sync.template SET body = replace(body, 'SELECT first AS key, 0 AS n', 'SELECT coalesce(first, (SELECT t.{{key}} FROM {{table}} t LIMIT 0)) AS key, 0 AS n')
      WHERE name = 'cuts' AND body LIKE '%SELECT first AS key, 0 AS n%'`.execute(db);
    if (numAffectedRows !== 1n) throw new Error('the template that cuts ranges is another one than this migration knows');
  },
};
