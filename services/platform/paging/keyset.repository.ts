import { type Kysely, type RawBuilder, sql } from 'kysely';

import { ROWS_COUNTED } from '#contracts/values.ts';

import type { IdType, Position } from './cursor.ts';

/** One order of a list: an expression over the table's alias `t`, and how its value travels in a cursor. */
export interface SortKey {
  readonly expression: RawBuilder<unknown>;
  /** The SQL type that the cursor's text is cast to. */
  readonly type: 'text' | 'timestamptz' | 'int4' | 'int8' | 'uuid';
}

/** A column of the primary key, which makes an order total. */
export interface KeyColumn {
  readonly expression: RawBuilder<unknown>;
  readonly type: IdType;
}

const byId: readonly KeyColumn[] = [{ expression: sql`t.id`, type: 'uuid' }];

/** Where a row stands in its list, as a cursor has it. */
export interface CursorRow {
  readonly cursor_key: string;
  readonly cursor_id: string;
}

export interface KeysetQuery {
  /** The table, without alias. */
  readonly table: string;
  /** What is joined to it, one row for each of its rows at most: for conditions and orders that look beside the table. */
  readonly join?: RawBuilder<unknown>;
  readonly columns: RawBuilder<unknown>;
  readonly filters: readonly RawBuilder<unknown>[];
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly after: Position | undefined;
  readonly limit: number;
  /** The primary key, where that is not `id uuid`. */
  readonly key?: readonly KeyColumn[];
}

/** A time as text that keeps its microseconds. */
export function instantText(expression: RawBuilder<unknown>): RawBuilder<string> {
  return sql`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** The columns of a stamp; int8 values of the vector become text, which JSON in JavaScript would round. */
export const stampColumns = sql`t.version, t.origin,
  (SELECT coalesce(jsonb_object_agg(v.key, v.value), '{}') FROM jsonb_each_text(t.vector) v) AS vector,
  ${instantText(sql`sync.time_of(t.version)`)} AS updated_at`;

/** What was read of a list: one row more than asked for where there are more, and how many pass the filters, as far as they were counted. */
export interface FoundPage<Row> {
  readonly rows: (Row & CursorRow)[];
  readonly total: number;
  readonly moreThanTotal: boolean;
}

/**
 * The rows after a position in an order that is total by the primary key, one more than asked for where there are more, each with where it stands;
 * and how many rows pass the filters, counted so far as it takes no time.
 */
export async function selectPage<Row, Tables = Record<string, never>>(db: Kysely<Tables>, query: KeysetQuery): Promise<FoundPage<Row>> {
  const { sort, after, key = byId, join = sql`` } = query;
  const order = [sort, ...key];
  const where = query.filters.length === 0 ? sql`true` : sql.join(query.filters, sql` AND `);
  const direction = query.descending ? sql`DESC` : sql`ASC`;
  const beyond =
    after === undefined
      ? sql`true`
      : sql`(${sql.join(order.map(({ expression }) => expression))}) ${query.descending ? sql`<` : sql`>`} (${sql.join(
          [after.key, ...after.id.split('/')].map((value, place) => sql`${value}::${sql.raw(order[place]?.type ?? 'text')}`),
        )})`;
  const keyText = sort.type === 'timestamptz' ? instantText(sort.expression) : sql`(${sort.expression})::text`;
  const idText = sql.join(
    key.map(({ expression }) => sql`(${expression})::text`),
    sql` || '/' || `,
  );
  const count = sql`SELECT count(*) FROM (SELECT FROM ${sql.table(query.table)} t ${join} WHERE ${where} LIMIT ${ROWS_COUNTED + 1}) counted`;
  // One statement where two at once would do: each takes more of a processor to be sent and begun than most pages to be read.
  const { rows } = await sql<Row & CursorRow & { readonly counted: string }>`
    SELECT ${query.columns}, ${keyText} AS cursor_key, ${idText} AS cursor_id, (${count}) AS counted
    FROM ${sql.table(query.table)} t ${join}
    WHERE ${where} AND ${beyond}
    ORDER BY ${sql.join(order.map(({ expression }) => sql`${expression} ${direction}`))}
    LIMIT ${query.limit + 1}`.execute(db);
  const counted = Number(rows[0]?.counted ?? (after === undefined ? 0 : await countAlone(db, count)));
  return { rows, total: Math.min(counted, ROWS_COUNTED), moreThanTotal: counted > ROWS_COUNTED };
}

/** For a page beyond the last row, which has no row to say it. */
async function countAlone<Tables>(db: Kysely<Tables>, count: RawBuilder<unknown>): Promise<string | undefined> {
  const { rows } = await sql<{ readonly counted: string }>`SELECT (${count}) AS counted`.execute(db);
  return rows[0]?.counted;
}
