import { domainToASCII } from 'node:url';

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

/**
 * Where messages to a contact end up, for counting alone: sub-addresses (`ada+shop@`, RFC 5233) and the spellings of a domain (RFC 5890) are many addresses of one mailbox.
 * Where a plus means something else, several people have one share; devices that they have signed in with have their own.
 */
export function mailboxOf({ kind, address }: Contact): string {
  if (kind === 'phone') return address;
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  return `${local.replace(/(?<=.)\+.*$/, '')}@${domainToASCII(domain) || domain}`;
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
