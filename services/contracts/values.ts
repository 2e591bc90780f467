import { Type, type Static, type TSchema } from 'typebox';

import { Currency } from './currency.ts';

/** What several contracts are made of. Where a pattern has a `description`, who breaks it is told that: "must be", and the description. */

export const Uuid = Type.String({ description: 'a UUID in lower case', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' });
export const AmountMinor = Type.Integer({ minimum: 0, maximum: 999_999_999_999 });
/** Integer minor units with an ISO 4217 code. */
export const Money = Type.Object({ amountMinor: AmountMinor, currency: Currency }, { additionalProperties: false });
export type Money = Static<typeof Money>;

/** RFC 3339 in UTC with up to six digits of a second; text, since a JavaScript Date loses three of them. */
export const Instant = Type.String({
  description: 'a time in UTC, like 2026-03-01T09:30:00Z',
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z$',
});

/** What people read: no control characters (PostgreSQL could not even store NUL), no blanks at the ends. */
export const Name = Type.String({
  description: 'one line of text without blanks at its ends',
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\s\\u0000-\\u001f\\u007f]([^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f])?$',
});
/** Longer text: line breaks and tabs are allowed. */
export const Description = Type.String({
  description: 'text without control characters',
  maxLength: 4_000,
  pattern: '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*$',
});
/** What is looked for, or keyed by: whatever it is, but for NUL, which PostgreSQL takes in no text. */
export const textOfUpTo = (maxLength: number) =>
  Type.String({ description: 'text without the character NUL', minLength: 1, maxLength, pattern: '^[^\\u0000]*$' });
export const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
/** Of bodies: what is not named is refused. */
export const closed = { additionalProperties: false } as const;
export const patch = { additionalProperties: false, minProperties: 1 } as const;
/** The query of every list. */
export const page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
};
/** So many rows of a list are counted and no more: whoever looks at a page does not wait for millions. */
export const ROWS_COUNTED = 10_000;
/** One page of a list, in cursor order. `moreThanTotal`: there are more than `total`, which is as far as they were counted. */
export const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: orNull(Type.String()) }),
    total: Type.Integer(),
    moreThanTotal: Type.Optional(Type.Boolean()),
  });
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly nextCursor: string | null };
  readonly total: number;
  readonly moreThanTotal?: boolean;
}

/** `name` and `-name` (descending) of each name. */
export const sortBy = <const Names extends readonly string[]>(...names: Names) =>
  // Of a list whose length nobody knows TypeBox makes no type by itself.
  Type.Optional(
    Type.Unsafe<Names[number] | `-${Names[number]}`>(Type.Union(names.flatMap((name) => [Type.Literal(name), Type.Literal(`-${name}`)]))),
  );
