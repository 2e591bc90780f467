import { randomUUID } from 'node:crypto';

import { Value } from 'typebox/value';
import type pg from 'pg';

import { accountRoles, CodeRequested, Tokens, type AccountRole } from '#contracts/auth.ts';

import type { EveryApp } from '../every-app.ts';
import { bodyOf } from '../http.ts';
import { callOf } from '../planted/life.ts';

/** Somebody who is signed in for real, with a session of auth's. */
export interface Person {
  readonly accountId: string;
  readonly email: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The code in the last mail. */
export const mailedCode = ({ mails }: EveryApp): string => /^\d{8}$/m.exec(mails.at(-1)?.text ?? '')?.[0] ?? '';

/** Signs in by a mailed code; who is new gets an account. */
export async function signInAs(every: EveryApp, email: string): Promise<Person> {
  const auth = callOf(every, 'auth');
  const { challengeId } = bodyOf(CodeRequested, await auth('POST', '/v1/auth/codes', { body: { email }, idempotencyKey: randomUUID() }));
  const code = mailedCode(every);
  const { account, accessToken } = Value.Parse(Tokens, (await auth('POST', '/v1/auth/tokens', { body: { challengeId, code } })).body);
  return { accountId: account.id, email, headers: { authorization: `Bearer ${accessToken}` } };
}

/** Signs in somebody new who has `role`. */
export async function signInWithRole(every: EveryApp, database: pg.Client, email: string, role: AccountRole): Promise<Person> {
  const person = await signInAs(every, email);
  if (role === 'customer') return person;
  await database.query('UPDATE auth.account SET role = $1 WHERE id = $2', [role, person.accountId]);
  return signInAs(every, email);
}

/** Somebody of each role. */
export async function signInEachRole(every: EveryApp, database: pg.Client): Promise<ReadonlyMap<AccountRole, Person>> {
  const people = new Map<AccountRole, Person>();
  for (const role of accountRoles) people.set(role, await signInWithRole(every, database, `${role}@stranger.example`, role));
  return people;
}
