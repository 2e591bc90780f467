import { Type, type Static } from 'typebox';

import { VariantOptions } from './catalog-content.ts';
import { Opening, OpeningHours } from './opening-hours.ts';
import { Region } from './regions.ts';
import { Stamp } from './stamp.ts';
import { Language } from './user.ts';
import { Country, KeptCountry } from './country.ts';
import { Currency } from './currency.ts';
import { AmountMinor, closed, Description, Instant, Money, Name, orNull, page, pageOf, patch, sortBy, textOfUpTo, Uuid } from './values.ts';

/** Natural keys are printable ASCII without spaces at the ends: ids are made from them, so two spellings would be two things. */
const Sku = Type.String({ description: 'a stock code of up to 64 ASCII characters', pattern: '^[!-~]([ -~]{0,62}[!-~])?$' });
const Slug = Type.String({
  description: 'words of small letters and digits with hyphens between them',
  pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
  maxLength: 64,
});
const StoreCode = Type.String({ description: 'a code of capitals, digits and hyphens', pattern: '^[A-Z0-9][A-Z0-9-]{0,31}$' });
const Latitude = Type.Number({ minimum: -90, maximum: 90 });
const Longitude = Type.Number({ minimum: -180, maximum: 180 });
const StoreRegion = Type.Union([...Region.anyOf], {
  description: 'the region, world or china, in which the goods of the store are, and whose staff moves them; it does not change',
});

const synced = { id: Uuid, updatedAt: Type.String(), stamp: Stamp };

/** Who may see a product: only what is published is for everybody, and for sale. */
export const ProductState = Type.Union([Type.Literal('draft'), Type.Literal('published'), Type.Literal('archived')]);
export type ProductState = Static<typeof ProductState>;

export const Product = Type.Object({
  ...synced,
  sku: Type.String(),
  state: ProductState,
  /** In `language`, which is the one that was asked for where there is a translation. */
  name: Type.String(),
  language: Language,
  description: orNull(Type.String()),
  categoryId: orNull(Uuid),
  /** The list price, which counts wherever no price of a region and time does. */
  price: Money,
  pricedAt: Instant,
  /** What it costs in this region now, in the currency that was asked for or else the list price's; null where it has no price in that. */
  currentPrice: orNull(Money),
  /** Of what this is a variant, and which; null of what stands for itself. */
  variantOf: orNull(Type.Object({ productId: Uuid, options: VariantOptions })),
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
    /** Published where nothing is said: that is what creating has always meant to clients of this version. */
    state: Type.Optional(Type.Union([Type.Literal('draft'), Type.Literal('published')])),
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

/**
 * One item of a bulk import. A product that does not exist yet needs a name, and begins in the `state` that is named, else published; what is there keeps its own. The latest price
 * counts, so that a `pricedAt` of the future is refused.
 */
export const BulkItem = Type.Object(
  {
    sku: Sku,
    price: Money,
    pricedAt: Instant,
    name: Type.Optional(Name),
    categoryId: Type.Optional(orNull(Uuid)),
    state: Type.Optional(ProductState),
  },
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
  country: KeptCountry,
  region: StoreRegion,
  latitude: orNull(Latitude),
  longitude: orNull(Longitude),
  openingHours: orNull(OpeningHours),
});
export type Store = Static<typeof Store>;

/** A store in a list. What is asked for by a place also has how far it is from there, and whether it is open now (null: it names no hours). */
export const ListedStore = Type.Object({
  ...Store.properties,
  distanceMetres: Type.Optional(Type.Integer({ minimum: 0 })),
  opening: Type.Optional(orNull(Opening)),
});
export type ListedStore = Static<typeof ListedStore>;

export const StoreCreation = Type.Object(
  {
    code: StoreCode,
    name: Name,
    city: Name,
    country: Country,
    /** The region that creates it, where nothing is said. */
    region: Type.Optional(StoreRegion),
    latitude: Type.Optional(orNull(Latitude)),
    longitude: Type.Optional(orNull(Longitude)),
    openingHours: Type.Optional(orNull(OpeningHours)),
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
    openingHours: Type.Optional(orNull(OpeningHours)),
  },
  patch,
);
export type StoreChange = Static<typeof StoreChange>;

export const ProductListQuery = Type.Object(
  {
    ...page,
    q: Type.Optional(textOfUpTo(100)),
    sku: Type.Optional(textOfUpTo(64)),
    /** What is in it, or in what is below it. */
    categoryId: Type.Optional(Uuid),
    /** The variants of this product. Without it, a stock code or staff's role a list has what stands for itself, and with `q` variants that are found without their parent. */
    parentId: Type.Optional(Uuid),
    /** Staff's alone; without it they see every state. */
    state: Type.Optional(ProductState),
    language: Type.Optional(Language),
    /** Only what has a price in it, and that price as the current one; needed to name a least or greatest. */
    currency: Type.Optional(Currency),
    minPriceMinor: Type.Optional(AmountMinor),
    maxPriceMinor: Type.Optional(AmountMinor),
    /** Count the matches by category and price, too. */
    facets: Type.Optional(Type.Boolean()),
    sort: sortBy('sku', 'name', 'updatedAt'),
  },
  closed,
);
/** How many matches each category, with all below it, and each band of prices has; `toMinor` is no part of its band, and null of the last one. */
export const ProductFacets = Type.Object({
  categories: Type.Array(Type.Object({ categoryId: orNull(Uuid), count: Type.Integer() })),
  prices: Type.Array(
    Type.Object({ currency: Currency, fromMinor: Type.Integer(), toMinor: orNull(Type.Integer()), count: Type.Integer() }),
  ),
});
export type ProductFacets = Static<typeof ProductFacets>;

export const ProductPage = Type.Object({ ...pageOf(Product).properties, facets: Type.Optional(ProductFacets) });
export type ProductPage = Static<typeof ProductPage>;

/** The language instead of Accept-Language; the currency of the current price. */
export const ProductQuery = Type.Object({ language: Type.Optional(Language), currency: Type.Optional(Currency) }, closed);
export const CategoryListQuery = Type.Object(
  { ...page, slug: Type.Optional(textOfUpTo(100)), sort: sortBy('slug', 'name', 'updatedAt') },
  closed,
);
/** `at`: now, where it is left out. */
export const StoreOpeningQuery = Type.Object({ at: Type.Optional(Instant) }, closed);
export const StoreListQuery = Type.Object(
  {
    ...page,
    code: Type.Optional(textOfUpTo(100)),
    country: Type.Optional(Country),
    /** Latitude and longitude in degrees (WGS 84): the nearest comes first, and no order may be named. */
    near: Type.Optional(
      Type.String({
        description: 'latitude and longitude in degrees, like 51.5,-0.12',
        pattern: '^-?[0-9]{1,2}(\\.[0-9]{1,9})?,-?[0-9]{1,3}(\\.[0-9]{1,9})?$',
      }),
    ),
    /** Of `near` alone. */
    radiusMetres: Type.Optional(Type.Integer({ minimum: 1, maximum: 500_000 })),
    sort: sortBy('code', 'name', 'updatedAt'),
  },
  closed,
);
