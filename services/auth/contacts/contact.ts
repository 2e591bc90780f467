import type { CodeRequest } from '#contracts/auth.ts';

import { normalizeEmail } from './email.ts';

/** Where somebody is reached, and what an account is found by. */
export interface Contact {
  readonly kind: 'email' | 'phone';
  readonly address: string;
}

/** What an account is reached by: one of both at least. */
export interface Addresses {
  readonly email: string | null;
  readonly phone: string | null;
}

/** What was asked for, in its one spelling. */
export function contactOf(given: CodeRequest): Contact {
  return 'email' in given ? { kind: 'email', address: normalizeEmail(given.email) } : { kind: 'phone', address: given.phone };
}

/** All of `addresses`, mail first. */
export function contactsOf({ email, phone }: Addresses): readonly Contact[] {
  const contacts: Contact[] = [];
  if (email !== null) contacts.push({ kind: 'email', address: email });
  if (phone !== null) contacts.push({ kind: 'phone', address: phone });
  return contacts;
}

/** What stands for somebody where a name is wanted: in the list of an authenticator app, say. */
export const labelOf = (addresses: Addresses): string => contactsOf(addresses)[0]?.address ?? '';
