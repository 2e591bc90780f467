import { Type, type Static } from 'typebox';

import { Region } from './regions.ts';
import { Stamp } from './stamp.ts';
import { Language } from './user.ts';
import { AmountMinor, closed, Description, Instant, Money, Name, orNull, patch, Uuid } from './values.ts';

/** What is said of a product beside the product itself: each is an entity of its own, with its own stamp. */
const ofProduct = { id: Uuid, productId: Uuid, updatedAt: Type.String(), stamp: Stamp };

export const Translation = Type.Object({
  ...ofProduct,
  language: Language,
  name: Type.String(),
  /** Null where it is not translated: then the product's own is shown. */
  description: orNull(Type.String()),
});
export type Translation = Static<typeof Translation>;
export const TranslationList = Type.Object({ items: Type.Array(Translation) });

export const TranslationWriting = Type.Object({ name: Name, description: Type.Optional(orNull(Description)) }, closed);
export type TranslationWriting = Static<typeof TranslationWriting>;

/** What a product costs in a region and a currency for a time: from `validFrom` until `validTo`, which is no part of it, or for good. */
export const Price = Type.Object({ ...ofProduct, region: Region, price: Money, validFrom: Instant, validTo: orNull(Instant) });
export type Price = Static<typeof Price>;
export const PriceList = Type.Object({ items: Type.Array(Price) });

export const PriceCreation = Type.Object(
  { region: Region, price: Money, validFrom: Type.Optional(Instant), validTo: Type.Optional(orNull(Instant)) },
  closed,
);
export type PriceCreation = Static<typeof PriceCreation>;

/** Region, currency and beginning name a price, and stay. */
export const PriceChange = Type.Object({ amountMinor: Type.Optional(AmountMinor), validTo: Type.Optional(orNull(Instant)) }, patch);
export type PriceChange = Static<typeof PriceChange>;

/** What tells a variant from its siblings: size, colour, and the like. */
export const VariantOptions = Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }), Name, {
  minProperties: 1,
  maxProperties: 5,
  additionalProperties: false,
});
export type VariantOptions = Static<typeof VariantOptions>;

/** `productId` is the variant: a product of its own, with stock code, price and stock. */
export const Variant = Type.Object({ ...ofProduct, parentId: Uuid, options: VariantOptions });
export type Variant = Static<typeof Variant>;

export const VariantWriting = Type.Object({ parentId: Uuid, options: VariantOptions }, closed);
export type VariantWriting = Static<typeof VariantWriting>;

export const MEDIA_LIMIT = 50;
const MediumKind = Type.Union([Type.Literal('image'), Type.Literal('video')]);
const Position = Type.Integer({ minimum: 0, maximum: 999 });

/** A link to a picture or a film of a product, which lies elsewhere; the texts are for those who do not see it. */
export const Medium = Type.Object({
  ...ofProduct,
  url: Type.String(),
  kind: MediumKind,
  altEn: orNull(Type.String()),
  altZh: orNull(Type.String()),
  position: Position,
});
export type Medium = Static<typeof Medium>;
export const MediumList = Type.Object({ items: Type.Array(Medium) });

export const MediumCreation = Type.Object(
  {
    url: Type.String({ description: 'an https:// address', pattern: '^https://[^\\s\\u0000-\\u001f\\u007f]+$', maxLength: 2_000 }),
    kind: Type.Optional(MediumKind),
    altEn: Type.Optional(orNull(Name)),
    altZh: Type.Optional(orNull(Name)),
    position: Type.Optional(Position),
  },
  closed,
);
export type MediumCreation = Static<typeof MediumCreation>;

/** The address names a medium, and stays. */
export const MediumChange = Type.Object(
  {
    kind: Type.Optional(MediumKind),
    altEn: Type.Optional(orNull(Name)),
    altZh: Type.Optional(orNull(Name)),
    position: Type.Optional(Position),
  },
  patch,
);
export type MediumChange = Static<typeof MediumChange>;
