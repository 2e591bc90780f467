import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import { Uuid } from '#contracts/values.ts';
import { AppError } from '../errors.ts';

const Cursor = Type.Object(
  {
    /** The order that the cursor belongs to. */
    s: Type.String({ maxLength: 20 }),
    /** The last row's sort key, as text. */
    k: Type.String({ maxLength: 1_000, pattern: '^[^\\u0000]*$' }),
    i: Uuid,
  },
  { additionalProperties: false },
);
const check = Compile(Cursor);

/** Where a page ended. */
export interface Position {
  readonly key: string;
  readonly id: string;
}

export function encodeCursor(order: string, position: Position): string {
  const cursor: Static<typeof Cursor> = { s: order, k: position.key, i: position.id };
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Throws AppError `invalid_request` for what is no cursor, or one of another order. */
export function decodeCursor(text: string, order: string, keyPattern: RegExp): Position {
  const value = parse(text);
  if (!check.Check(value) || value.s !== order || !keyPattern.test(value.k)) {
    throw new AppError('invalid_request', {
      detail: 'The cursor does not belong to this list.',
      errors: [{ field: 'cursor', message: 'is not a cursor of this list and order' }],
    });
  }
  return { key: value.k, id: value.i };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
