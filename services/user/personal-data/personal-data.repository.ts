import { sql } from 'kysely';

import { instantText } from '#platform/paging/keyset.repository.ts';

import type { UserDb, UserTransaction } from '../deps.ts';
import type { Holder } from './holders.ts';

/** What each of `holders` has of an account, as of one instant. */
export async function exportOf(
  db: UserDb,
  holders: readonly Holder[],
  accountId: string,
): Promise<{ exportedAt: string; services: Record<string, unknown> }> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const { rows: clock } = await sql<{ now: string }>`SELECT ${instantText(sql`now()`)} AS now`.execute(trx);
      const exportedAt = clock[0]?.now;
      if (exportedAt === undefined) throw new Error('the database does not say what time it is');
      const services: Record<string, unknown> = {};
      for (const schema of holders) {
        const { rows } = await sql<{ held: unknown }>`SELECT ${sql.id(schema, 'export_of')}(${accountId}) AS held`.execute(trx);
        services[schema] = rows[0]?.held ?? null;
      }
      return { exportedAt, services };
    });
}

/** Makes each of `holders` forget an account, one after the other; answers how many things each forgot. */
export async function eraseFrom(trx: UserTransaction, holders: readonly Holder[], accountId: string): Promise<Record<string, number>> {
  const erased: Record<string, number> = {};
  for (const schema of holders) {
    const { rows } = await sql<{ count: number }>`SELECT ${sql.id(schema, 'erase')}(${accountId}) AS count`.execute(trx);
    erased[schema] = rows[0]?.count ?? 0;
  }
  return erased;
}

/** What `holders` lack of what they have to offer to this service: empty where nothing. */
export async function missingFunctions(db: UserDb, holders: readonly Holder[]): Promise<string[]> {
  const { rows } = await sql<{ fault: string }>`
    SELECT w.schema || '.' || w.name || '(uuid) returning ' || w.returns || CASE
      WHEN p.oid IS NULL THEN ' is not there' ELSE ' is not for role ' || current_user END AS fault
    FROM unnest(${holders}::text[]) AS s(schema)
    CROSS JOIN LATERAL (VALUES (s.schema, 'export_of', 'jsonb'), (s.schema, 'erase', 'integer')) AS w(schema, name, returns)
    LEFT JOIN (pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace)
      ON n.nspname = w.schema AND p.proname = w.name AND p.pronargs = 1 AND p.proargtypes[0] = 'uuid'::regtype
        AND format_type(p.prorettype, NULL) = w.returns
    WHERE p.oid IS NULL OR NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_function_privilege(p.oid, 'EXECUTE')
    ORDER BY 1`.execute(db);
  return rows.map(({ fault }) => fault);
}
