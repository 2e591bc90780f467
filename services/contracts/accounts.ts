import { Type, type Static } from 'typebox';

import { AccountRole, Email, PhoneNumber } from './auth.ts';
import { closed, Instant, orNull, page, patch, sortBy, Uuid } from './values.ts';

/** An account as administrators see it: it has a mail address, a telephone number, or both. `role` is what was given here: who stands on the region's staff list is `admin` besides. */
export const Account = Type.Object(
  { id: Uuid, email: orNull(Email), phone: orNull(PhoneNumber), role: AccountRole, disabled: Type.Boolean(), createdAt: Instant },
  { additionalProperties: false },
);
export type Account = Static<typeof Account>;

export const AccountListQuery = Type.Object({ ...page, sort: sortBy('createdAt'), role: Type.Optional(AccountRole) }, closed);
export type AccountListQuery = Static<typeof AccountListQuery>;

/** Whose address or number it is: in a body, for what stands in a URL is logged on its way. */
export const AccountSearch = Type.Union([Type.Object({ email: Email }, closed), Type.Object({ phone: PhoneNumber }, closed)]);
export type AccountSearch = Static<typeof AccountSearch>;

export const AccountChange = Type.Object({ role: Type.Optional(AccountRole), disabled: Type.Optional(Type.Boolean()) }, patch);
export type AccountChange = Static<typeof AccountChange>;

/** Customers whom the merchant knows already; at most so many as one request may open. */
export const AccountsOpening = Type.Object({ emails: Type.Array(Email, { minItems: 1, maxItems: 100 }) }, closed);
export type AccountsOpening = Static<typeof AccountsOpening>;

/** In the order of the request. `isNew`: it was this request that opened it. */
export const OpenedAccounts = Type.Object({ accounts: Type.Array(Type.Object({ id: Uuid, email: Email, isNew: Type.Boolean() })) });
export type OpenedAccounts = Static<typeof OpenedAccounts>;
