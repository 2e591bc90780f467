import { Type, type Static } from 'typebox';

import { Stamp } from './stamp.ts';
import { Language } from './user.ts';
import { closed, Description, Name, orNull, Uuid } from './values.ts';

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
