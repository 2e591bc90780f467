import type pg from 'pg';

/** The columns of those of `entities` (schema.table) that are tables, views or the like in this database, synced or not. */
export async function readColumns(client: pg.ClientBase, entities: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ entity: string; columns: string[] }>({
    name: 'residency-columns',
    text: `SELECT u.entity, ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
           FROM unnest($1::text[], $2::text[], $3::text[]) AS u(entity, schema, name)
           JOIN pg_namespace n ON n.nspname = u.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = u.name`,
    values: [entities, entities.map((entity) => entity.split('.')[0] ?? ''), entities.map((entity) => entity.split('.')[1] ?? '')],
  });
  return new Map(rows.map(({ entity, columns }) => [entity, columns]));
}

/** What the migrations of this database declared as crossing, for those of `entities` that are synced. */
export async function readDeclared(
  client: pg.ClientBase | pg.Pool,
  entities: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  const { rows } = await client.query<{ name: string; crossing: string[] }>({
    name: 'residency-declared',
    text: `SELECT name, ARRAY(SELECT jsonb_array_elements_text(policy -> 'crossing')) AS crossing FROM sync.entity WHERE name = ANY ($1)`,
    values: [entities],
  });
  return new Map(rows.map(({ name, crossing }) => [name, new Set(crossing)]));
}
