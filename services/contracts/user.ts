import { Type, type Static } from 'typebox';

import { closed, Instant, Name, orNull, page, patch, sortBy, Uuid } from './values.ts';

/** What a person is written to in. */
export const Language = Type.Union([Type.Literal('en'), Type.Literal('zh')]);
export type Language = Static<typeof Language>;

export const Profile = Type.Object({ accountId: Uuid, name: orNull(Type.String()), language: Language, createdAt: Instant });
export type Profile = Static<typeof Profile>;

export const ProfileChange = Type.Object({ name: Type.Optional(orNull(Name)), language: Type.Optional(Language) }, patch);
export type ProfileChange = Static<typeof ProfileChange>;

export const ProfileListQuery = Type.Object(
  {
    ...page,
    /** What the name begins with, in whatever case. */
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' })),
    sort: sortBy('name', 'createdAt'),
  },
  closed,
);
export type ProfileListQuery = Static<typeof ProfileListQuery>;
