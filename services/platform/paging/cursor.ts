import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import { AppError } from '../errors.ts';

const Cursor = Type.Object(
  {
    /** The order that the cursor belongs to. */
    s: Type.String({ maxLength: 20 }),
    /** The last row's sort key, as text. */
    k: Type.String({ maxLength: 1_000, pattern: '^[^\\u0000]*$' }),
    /** Its primary key; the parts of one of several columns are joined by `/`. */
    i: Type.String({ maxLength: 200, pattern: '^[0-9a-f/-]+$' }),
  },
  { additionalProperties: false },
);
const check = Compile(Cursor);

/** Where a page ended. */
export interface Position {
  readonly key: string;
  readonly id: string;
}

/** How a column of a list's primary key looks in a cursor. */
export const idPatterns = {
  uuid: '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  int8: '[0-9]{1,18}',
} as const;
export type IdType = keyof typeof idPatterns;

const isIdOf = (types: readonly IdType[], id: string): boolean =>
  new RegExp(`^${types.map((type) => idPatterns[type]).join('/')}$`).test(id);

export function encodeCursor(order: string, position: Position): string {
  const cursor: Static<typeof Cursor> = { s: order, k: position.key, i: position.id };
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Throws AppError `invalid_request` for what is no cursor, or one of another order. */
export function decodeCursor(text: string, order: string, isKey: (text: string) => boolean, idTypes: readonly IdType[]): Position {
  const value = readCursor(text);
  if (!check.Check(value) || value.s !== order || !isKey(value.k) || !isIdOf(idTypes, value.i)) {
    throw new AppError('invalid_request', {
      detail: 'The cursor does not belong to this list.',
      errors: [{ field: 'cursor', message: 'is not a cursor of this list and order' }],
    });
  }
  return { key: value.k, id: value.i };
}

/** What a cursor holds, which is to be checked; undefined for what is none. */
export function readCursor(text: string): unknown {
  const bytes = Buffer.from(text, 'base64url');
  // Of what is no base64url, it reads what is.
  if (bytes.toString('base64url') !== text) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
