import { type Kysely, sql } from 'kysely';

/** What a schema promises whoever uses it, each thing by a name that stays. Whoever was written for one surface works on a later one that keeps its promises. */
export interface Surface {
  /** `schema.table.column`. */
  readonly columns: ReadonlyMap<string, { readonly type: string; readonly notNull: boolean; readonly filled: boolean }>;
  /** `schema.name(arguments)`: what it answers. */
  readonly functions: ReadonlyMap<string, string>;
  /** `role may privilege what`. */
  readonly grants: ReadonlySet<string>;
  /** `schema.table: definition`, of what may refuse a write, and of the columns that it looks at. One that is NOT VALID refuses the same writes. */
  readonly rules: ReadonlyMap<string, readonly string[]>;
}

const ours = sql`n.nspname !~ '^(pg_|information_schema$)'`;

/** Everything in the database that is not PostgreSQL's own. The migrations' records are left out. */
export async function readSurface<Tables>(db: Kysely<Tables>): Promise<Surface> {
  const columns = await sql<{ name: string; type: string; not_null: boolean; filled: boolean }>`
    SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
      a.atthasdef OR a.attidentity <> '' AS filled
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relname !~ '^kysely_' AND a.attnum > 0 AND NOT a.attisdropped AND ${ours}`.execute(db);
  const functions = await sql<{ name: string; result: string }>`
    SELECT format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name, pg_get_function_result(p.oid) AS result
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype AND ${ours}
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`.execute(db);
  const grants = await sql<{ promise: string }>`
    SELECT format('%s may %s %s', g.grantee::regrole, g.privilege_type, what) AS promise FROM (
      SELECT format('%s.%s', n.nspname, c.relname) AS what, acl.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) acl
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND ${ours}
      UNION ALL SELECT format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), acl.*
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) acl WHERE ${ours}
      UNION ALL SELECT n.nspname, acl.* FROM pg_namespace n, aclexplode(n.nspacl) acl WHERE ${ours}) g
    WHERE g.grantee <> 0 AND g.grantee <> g.grantor`.execute(db);
  const rules = await sql<{ rule: string; columns: string[] }>`
    SELECT format('%s.%s: %s', n.nspname, c.relname, regexp_replace(pg_get_constraintdef(r.oid), ' NOT VALID$', '')) AS rule,
      (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (r.conkey)) AS columns
    FROM pg_constraint r JOIN pg_class c ON c.oid = r.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE r.contype IN ('c', 'f', 'u', 'p', 'x') AND ${ours}
    UNION ALL SELECT format('%s.%s: %s', n.nspname, c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE UNIQUE INDEX \\S+ ON \\S+', 'UNIQUE INDEX')),
      (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[]))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indisunique AND NOT EXISTS (SELECT FROM pg_constraint r WHERE r.conindid = i.indexrelid) AND ${ours}`.execute(db);
  return {
    columns: new Map(columns.rows.map(({ name, type, not_null: notNull, filled }) => [name, { type, notNull, filled }])),
    functions: new Map(functions.rows.map(({ name, result }) => [name, result])),
    grants: new Set(grants.rows.map(({ promise }) => promise)),
    rules: new Map(rules.rows.map((row) => [row.rule, row.columns ?? []])),
  };
}
