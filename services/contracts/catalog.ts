import { Type, type Static, type TSchema } from 'typebox';

import { Stamp } from './stamp.ts';

export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' });
/** Integer minor units with an ISO 4217 code. */
export const Money = Type.Object(
  { amountMinor: Type.Integer({ minimum: 0, maximum: 999_999_999_999 }), currency: Type.String({ pattern: '^[A-Z]{3}$' }) },
  { additionalProperties: false },
);
export type Money = Static<typeof Money>;

/** RFC 3339 in UTC with up to six digits of a second; text, since a JavaScript Date loses three of them. */
export const Instant = Type.String({
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z$',
});

/** Natural keys are printable ASCII without spaces at the ends: ids are made from them, so two spellings would be two things. */
const Sku = Type.String({ pattern: '^[!-~]([ -~]{0,62}[!-~])?$' });
const Slug = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 });
const StoreCode = Type.String({ pattern: '^[A-Z0-9][A-Z0-9-]{0,31}$' });
/** What people read: no control characters (PostgreSQL could not even store NUL), no blanks at the ends. */
const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\s\\u0000-\\u001f\\u007f]([^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f])?$',
});
const Description = Type.String({ maxLength: 4_000, pattern: '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*$' });
const Country = Type.String({ pattern: '^[A-Z]{2}$' });
const Latitude = Type.Number({ minimum: -90, maximum: 90 });
const Longitude = Type.Number({ minimum: -180, maximum: 180 });

const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const closed = { additionalProperties: false } as const;
const patch = { additionalProperties: false, minProperties: 1 } as const;
const synced = { id: Uuid, updatedAt: Type.String(), stamp: Stamp };

export const Product = Type.Object({
  ...synced,
  sku: Type.String(),
  name: Type.String(),
  description: orNull(Type.String()),
  categoryId: orNull(Uuid),
  price: Money,
  pricedAt: Instant,
  /** Shown to staff alone; it never leaves its region. */
  cost: Type.Optional(orNull(Money)),
});
export type Product = Static<typeof Product>;

export const ProductCreation = Type.Object(
  {
    sku: Sku,
    name: Name,
    description: Type.Optional(orNull(Description)),
    categoryId: Type.Optional(orNull(Uuid)),
    price: Money,
    pricedAt: Type.Optional(Instant),
    cost: Type.Optional(orNull(Money)),
  },
  closed,
);
export type ProductCreation = Static<typeof ProductCreation>;

export const ProductChange = Type.Object(
  {
    name: Type.Optional(Name),
    description: Type.Optional(orNull(Description)),
    categoryId: Type.Optional(orNull(Uuid)),
    price: Type.Optional(Money),
    cost: Type.Optional(orNull(Money)),
  },
  patch,
);
export type ProductChange = Static<typeof ProductChange>;

export const BULK_LIMIT = 1_000;

/** One item of a bulk import. A product that does not exist yet needs a name. */
export const BulkItem = Type.Object(
  { sku: Sku, price: Money, pricedAt: Instant, name: Type.Optional(Name), categoryId: Type.Optional(orNull(Uuid)) },
  closed,
);
export type BulkItem = Static<typeof BulkItem>;

/** Items are checked one by one, so that a bad one is answered without harm to its neighbours. */
export const BulkRequest = Type.Object({ items: Type.Array(Type.Unknown(), { minItems: 1, maxItems: BULK_LIMIT }) }, closed);

export const BulkResult = Type.Object({
  status: Type.Union([Type.Literal('created'), Type.Literal('updated'), Type.Literal('unchanged'), Type.Literal('rejected')]),
  id: orNull(Uuid),
  stamp: Type.Optional(Stamp),
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
});
export type BulkResult = Static<typeof BulkResult>;

export const Category = Type.Object({ ...synced, slug: Type.String(), name: Type.String(), parentId: orNull(Uuid) });
export type Category = Static<typeof Category>;

export const CategoryCreation = Type.Object({ slug: Slug, name: Name, parentId: Type.Optional(orNull(Uuid)) }, closed);
export type CategoryCreation = Static<typeof CategoryCreation>;

export const CategoryChange = Type.Object({ name: Type.Optional(Name), parentId: Type.Optional(orNull(Uuid)) }, patch);
export type CategoryChange = Static<typeof CategoryChange>;

export const Store = Type.Object({
  ...synced,
  code: Type.String(),
  name: Type.String(),
  city: Type.String(),
  country: Country,
  latitude: orNull(Latitude),
  longitude: orNull(Longitude),
});
export type Store = Static<typeof Store>;

export const StoreCreation = Type.Object(
  {
    code: StoreCode,
    name: Name,
    city: Name,
    country: Country,
    latitude: Type.Optional(orNull(Latitude)),
    longitude: Type.Optional(orNull(Longitude)),
  },
  closed,
);
export type StoreCreation = Static<typeof StoreCreation>;

export const StoreChange = Type.Object(
  {
    name: Type.Optional(Name),
    city: Type.Optional(Name),
    country: Type.Optional(Country),
    latitude: Type.Optional(orNull(Latitude)),
    longitude: Type.Optional(orNull(Longitude)),
  },
  patch,
);
export type StoreChange = Static<typeof StoreChange>;

const page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
};
/** One page of a list, in cursor order. */
export const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: orNull(Type.String()) }),
    total: Type.Integer(),
  });
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly nextCursor: string | null };
  readonly total: number;
}

const sortBy = <Names extends string[]>(...names: [...Names]) =>
  Type.Optional(Type.Union(names.flatMap((name) => [Type.Literal(name), Type.Literal(`-${name}`)])));

export const ProductListQuery = Type.Object(
  {
    ...page,
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' })),
    sku: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    categoryId: Type.Optional(Uuid),
    sort: sortBy('sku', 'name', 'updatedAt'),
  },
  closed,
);
export const CategoryListQuery = Type.Object(
  { ...page, slug: Type.Optional(Type.String()), sort: sortBy('slug', 'name', 'updatedAt') },
  closed,
);
export const StoreListQuery = Type.Object(
  { ...page, code: Type.Optional(Type.String()), country: Type.Optional(Country), sort: sortBy('code', 'name', 'updatedAt') },
  closed,
);
