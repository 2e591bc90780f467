import { randomUUID } from 'node:crypto';

import type { AccountRole } from '#contracts/auth.ts';
import { signatureOf } from '#platform/webhooks/signature.ts';

import type { Aimed, Owner } from '../belongings.ts';

/** What is the owner's, and how a request at it ends for each who may ask. */
export interface Owned {
  /** Makes the thing, and the request at it. */
  readonly aim: (owner: Owner) => Promise<Aimed>;
  /** The same thing of a guest, who proves by a token that it is theirs. */
  readonly aimAtGuest?: (owner: Owner) => Promise<Aimed>;
  readonly owner: number;
  /** What somebody else with an account is answered; `theirs`: the request names nothing, and each gets their own, as its owner does. */
  readonly others: number | 'theirs';
  /** How it ends for those whose own is not as the owner's is. */
  readonly theirs?: readonly number[];
  /** What is answered who shows nothing. */
  readonly nobody: number;
  /** Whoever asks guesses at what only the owner was given: tries are counted, so few are made, and what counts them changes. */
  readonly guessed?: true;
  /** Staff who reach it all the same. */
  readonly sees?: readonly AccountRole[];
}

/** Whose what a route reaches is. */
export type Reach =
  | Owned
  /** Shown to everybody, or opened anew for whoever asks. */
  | 'shared';

/** A request with the owner's token. */
export const mine = ({ person }: Owner, url: string, more: Partial<Aimed> = {}): Aimed => ({ url, ownerHeaders: person.headers, ...more });
/** Names nothing: each gets their own. The owner has something there first, by `having`. */
export const theirs = (
  url: string,
  owner: number,
  {
    having = async () => undefined,
    more = () => ({}),
  }: { having?: (owner: Owner) => Promise<unknown>; more?: (owner: Owner) => Partial<Aimed> } = {},
): Owned => ({
  aim: async (whose) => {
    await having(whose);
    return mine(whose, url, more(whose));
  },
  owner,
  others: 'theirs',
  nobody: 401,
});
/** Nobody is told that it is there. */
export const hidden = { others: 404, nobody: 401 } as const;
/** A vendor's request, signed with `secret`; somebody else signs with another. */
export function signed(url: string, header: string, secret: string, body: object): Aimed {
  const signature = (by: string): string => signatureOf(by, Buffer.from(JSON.stringify(body)), Date.now());
  return { url, body, ownerHeaders: { [header]: signature(secret) }, othersHeaders: { [header]: signature(`another ${secret}`) } };
}
export const idempotencyKey = (): Readonly<Record<string, string>> => ({ 'idempotency-key': randomUUID() });
