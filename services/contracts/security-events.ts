import { Type, type Static } from 'typebox';

import { closed, Instant, orNull, page, sortBy, Uuid } from './values.ts';

export const SecurityEventKind = Type.Union([
  Type.Literal('code_sent'),
  Type.Literal('sign_in'),
  Type.Literal('sign_in_failed'),
  Type.Literal('refresh_reuse'),
  Type.Literal('sign_out'),
  Type.Literal('session_ended'),
  Type.Literal('role_changed'),
  Type.Literal('factor_added'),
  Type.Literal('factor_removed'),
  Type.Literal('contact_added'),
  Type.Literal('contact_changed'),
  Type.Literal('contact_removed'),
  Type.Literal('account_opened'),
  Type.Literal('account_disabled'),
  Type.Literal('account_enabled'),
  Type.Literal('account_read'),
  Type.Literal('erased'),
]);
export type SecurityEventKind = Static<typeof SecurityEventKind>;

/** One line of the security log. `client` tells two machines apart and names neither; `actorId` is somebody else who did it, and for administrators to see. */
export const SecurityEvent = Type.Object(
  {
    id: Uuid,
    at: Instant,
    kind: SecurityEventKind,
    accountId: orNull(Uuid),
    sessionId: orNull(Uuid),
    client: orNull(Type.String()),
    byStaff: Type.Boolean(),
    actorId: Type.Optional(orNull(Uuid)),
    detail: Type.Record(Type.String(), Type.String()),
  },
  { additionalProperties: false },
);
export type SecurityEvent = Static<typeof SecurityEvent>;

/** `accountId` of somebody else is for administrators. */
export const SecurityEventListQuery = Type.Object(
  { ...page, sort: sortBy('at'), kind: Type.Optional(SecurityEventKind), accountId: Type.Optional(Uuid) },
  closed,
);
export type SecurityEventListQuery = Static<typeof SecurityEventListQuery>;
