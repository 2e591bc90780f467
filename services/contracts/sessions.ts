import { Type, type Static } from 'typebox';

import { closed, Instant, page, sortBy, Uuid } from './values.ts';

/** A sign-in that lasts. `device` is a browser and a system in words of ours; `current` is the one that asks. */
export const Session = Type.Object(
  { id: Uuid, device: Type.String(), createdAt: Instant, lastUsedAt: Instant, expiresAt: Instant, current: Type.Boolean() },
  { additionalProperties: false },
);
export type Session = Static<typeof Session>;

export const SessionListQuery = Type.Object({ ...page, sort: sortBy('createdAt') }, closed);
export type SessionListQuery = Static<typeof SessionListQuery>;
