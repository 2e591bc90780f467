import { type Kysely, type RawBuilder, sql } from 'kysely';

import type { Position } from './cursor.ts';

/** One order of a list: an expression over the table's alias `t`, and how its value travels in a cursor. */
export interface SortKey {
  readonly expression: RawBuilder<unknown>;
  /** The SQL type that the cursor's text is cast to. */
  readonly type: 'text' | 'timestamptz' | 'int4';
}

export interface KeysetQuery {
  /** The table, without alias. */
  readonly table: string;
  /** The uuid column that makes every order total, `id` where nothing is said; among `columns` it is called `id`. */
  readonly key?: string;
  readonly columns: RawBuilder<unknown>;
  readonly filters: readonly RawBuilder<unknown>[];
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly after: Position | undefined;
  readonly limit: number;
}

/** A time as text that keeps its microseconds. */
export function instantText(expression: RawBuilder<unknown>): RawBuilder<string> {
  return sql`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** The columns of a stamp; int8 values of the vector become text, which JSON in JavaScript would round. */
export const stampColumns = sql`t.version, t.origin,
  (SELECT coalesce(jsonb_object_agg(v.key, v.value), '{}') FROM jsonb_each_text(t.vector) v) AS vector,
  ${instantText(sql`sync.time_of(t.version)`)} AS updated_at`;

/**
 * The rows after a position in an order that is total by the id, one more than asked for where there are more, each with its `cursor_key`;
 * and how many rows pass the filters in all.
 */
export async function selectPage<Row, Tables = Record<string, never>>(
  db: Kysely<Tables>,
  query: KeysetQuery,
): Promise<{ rows: (Row & { readonly id: string; readonly cursor_key: string })[]; total: number }> {
  const { sort, after } = query;
  const key = sql.ref(`t.${query.key ?? 'id'}`);
  const where = query.filters.length === 0 ? sql`true` : sql.join(query.filters, sql` AND `);
  const direction = query.descending ? sql`DESC` : sql`ASC`;
  const beyond =
    after === undefined
      ? sql`true`
      : sql`(${sort.expression}, ${key}) ${query.descending ? sql`<` : sql`>`} (${after.key}::${sql.raw(sort.type)}, ${after.id}::uuid)`;
  const keyText = sort.type === 'timestamptz' ? instantText(sort.expression) : sql`(${sort.expression})::text`;
  const [page, count] = await Promise.all([
    sql<Row & { readonly id: string; readonly cursor_key: string }>`
      SELECT ${query.columns}, ${keyText} AS cursor_key
      FROM ${sql.table(query.table)} t
      WHERE ${where} AND ${beyond}
      ORDER BY ${sort.expression} ${direction}, ${key} ${direction}
      LIMIT ${query.limit + 1}`.execute(db),
    sql<{ total: string }>`SELECT count(*) AS total FROM ${sql.table(query.table)} t WHERE ${where}`.execute(db),
  ]);
  return { rows: page.rows, total: Number(count.rows[0]?.total ?? 0) };
}
