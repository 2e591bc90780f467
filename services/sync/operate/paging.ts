import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { AppError } from '#platform/errors.ts';
import { readCursor } from '#platform/paging/cursor.ts';

/** After which a page begins: of lists that run from the newest down, an id. */
export const IdPosition = Type.Object({ id: Type.String({ pattern: '^[0-9]{1,18}$' }) });
/** And of those that run by key. */
export const KeyPosition = Type.Object({
  entity: Type.String({ maxLength: 200 }),
  key: Type.String({ maxLength: 200, pattern: '^[^\\u0000]*$' }),
});

export interface Page<Item> {
  readonly items: Item[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly nextCursor: string | null };
}

/** Where a cursor points; undefined without one. Throws AppError `invalid_request` for what is no cursor of this list. */
export function positionOf<Position extends TSchema>(schema: Position, cursor: string | undefined): Static<Position> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return Value.Parse(schema, readCursor(cursor));
  } catch (error) {
    throw new AppError('invalid_request', { errors: [{ field: 'cursor', message: 'is not a cursor of this list' }], cause: error });
  }
}

/** A page of `rows`, of which there is one more than `limit` where there are more. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  positionAt: (row: Row) => object,
): Page<Item> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const hasNextPage = rows.length > limit;
  const nextCursor = hasNextPage && last !== undefined ? Buffer.from(JSON.stringify(positionAt(last))).toString('base64url') : null;
  return { items: kept.map(itemOf), pageInfo: { hasNextPage, nextCursor } };
}
