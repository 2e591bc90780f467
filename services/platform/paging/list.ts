import type { Page } from '#contracts/values.ts';

import { isRealInstant } from '../instant.ts';
import { decodeCursor, encodeCursor, type IdType, type Position } from './cursor.ts';
import type { CursorRow, SortKey } from './keyset.repository.ts';

const DEFAULT_LIMIT = 50;

const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z$/;
const matches =
  (pattern: RegExp) =>
  (key: string): boolean =>
    pattern.test(key);

/** Whether PostgreSQL takes a cursor's text for a key of the type: who made the cursor up may have put anything there. */
const keyChecks: Readonly<Record<SortKey['type'], (key: string) => boolean>> = {
  text: () => true,
  timestamptz: (key) => INSTANT.test(key) && isRealInstant(key),
  int4: matches(/^-?[0-9]{1,9}$/),
  int8: matches(/^[0-9]{1,18}$/),
  uuid: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
};

export interface Order {
  readonly name: string;
  readonly descending: boolean;
  readonly limit: number;
  readonly after: Position | undefined;
}

/**
 * Reads order and position from a list's query: `-name` is descending. `typeOf` answers the type of a sort key by its name, `idTypes` are those of the list's
 * primary key.
 */
export function orderOf(
  query: { readonly sort?: string; readonly cursor?: string; readonly limit?: number },
  fallback: string,
  typeOf: (name: string) => SortKey['type'],
  idTypes: readonly IdType[] = ['uuid'],
): Order {
  const sort = query.sort ?? fallback;
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, sort, keyChecks[typeOf(name)], idTypes);
  return { name, descending, limit: query.limit ?? DEFAULT_LIMIT, after };
}

/** Makes a page of what selectPage answered. */
export function pageFrom<Row extends CursorRow, Item>(
  found: { readonly rows: readonly Row[]; readonly total: number; readonly moreThanTotal: boolean },
  order: Order,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const rows = found.rows.slice(0, order.limit);
  const hasNextPage = found.rows.length > order.limit;
  const last = rows.at(-1);
  const sort = order.descending ? `-${order.name}` : order.name;
  return {
    items: rows.map((row) => itemOf(row)),
    pageInfo: {
      hasNextPage,
      hasPreviousPage: order.after !== undefined,
      nextCursor: hasNextPage && last !== undefined ? encodeCursor(sort, { key: last.cursor_key, id: last.cursor_id }) : null,
    },
    total: found.total,
    ...(found.moreThanTotal ? { moreThanTotal: true } : {}),
  };
}
