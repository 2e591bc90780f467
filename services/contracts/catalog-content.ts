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
