import { Type, type Static } from 'typebox';

import { Email, PhoneNumber, SignInCode } from './auth.ts';
import { closed, orNull, Uuid } from './values.ts';

/** What an account is reached by, and what its owner signs in with. */
export const ContactKind = Type.Union([Type.Literal('email'), Type.Literal('phone')]);
export type ContactKind = Static<typeof ContactKind>;

/** One of both at least is there. */
export const Contacts = Type.Object({ email: orNull(Email), phone: orNull(PhoneNumber) }, closed);
export type Contacts = Static<typeof Contacts>;

/** The code that was sent to an address or number that is to be the account's. */
export const ContactConfirmation = Type.Object({ challengeId: Uuid, code: SignInCode }, closed);
export type ContactConfirmation = Static<typeof ContactConfirmation>;
