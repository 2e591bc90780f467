import { randomUUID } from 'node:crypto';

import type pg from 'pg';

import type { AccountRole } from '#contracts/auth.ts';
import type { LineWanted } from '#contracts/cart.ts';
import { Factors, TotpEnrolment } from '#contracts/factors.ts';
import { Address } from '#contracts/user.ts';
import { totpAt } from '#auth/testing/totp-app.ts';
import { fillCart, pay, placeOrder, type Key } from '#order/testing/shop.ts';

import type { EveryApp } from '../every-app.ts';
import { bodyOf } from '../http.ts';
import { addressWith, callOf, done } from '../planted/life.ts';
import { signInWithRole, type Person } from './people.ts';

/** A request at what is somebody's, without saying who asks. */
export interface Aimed {
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What somebody else sends in place of `body`, where that holds what only the owner was given. */
  readonly othersBody?: unknown;
  /** The same of `headers`. */
  readonly othersHeaders?: Readonly<Record<string, string>>;
  /** By which headers its owner calls; a guest has no token of an account. */
  readonly ownerHeaders: Readonly<Record<string, string>>;
}

/** Somebody with things of their own, and what gives them away wherever it turns up. */
export interface Owner {
  readonly every: EveryApp;
  readonly database: pg.Client;
  readonly person: Person;
  readonly marks: readonly string[];
  readonly productId: string;
}

const sceneOf = ({ every }: Owner) => ({ call: callOf(every, 'order') }) as never;
const linesOf = ({ productId }: Owner): LineWanted[] => [{ productId, quantity: 2 }];

/** Somebody new with a name: a customer, unless `role` says otherwise. */
export async function moveIn(every: EveryApp, database: pg.Client, productId: string, role: AccountRole = 'customer'): Promise<Owner> {
  const mark = randomUUID();
  const person = await signInWithRole(every, database, `${mark}@owner.example`, role);
  const user = callOf(every, 'user');
  const me = done(await user('GET', '/v1/me', { headers: person.headers }));
  done(await user('PATCH', '/v1/me', { headers: person.headers, ifMatch: String(me.headers['etag']), body: { name: `Name ${mark}` } }));
  return { every, database, person, productId, marks: [mark, person.accountId] };
}

export const written = ({ marks }: Owner) =>
  addressWith({ name: `Recipient ${marks[0]}`, street: `${marks[0]} Street`, phone: '+442079460958' });

/** An address of the owner's, with its ETag. */
export async function addressOf(owner: Owner): Promise<{ readonly url: string; readonly etag: string; readonly id: string }> {
  const { headers } = owner.person;
  const answer = done(await callOf(owner.every, 'user')('POST', '/v1/me/addresses', { headers, body: written(owner) }));
  const { id } = bodyOf(Address, answer);
  return { url: `/v1/me/addresses/${id}`, etag: String(answer.headers['etag']), id };
}

/** A cart with a line in it: of the account, or of a guest who has its token. */
export async function cartOf(owner: Owner, whose: 'account' | 'guest') {
  const as: Key = whose === 'account' ? { headers: owner.person.headers } : {};
  const cart = await fillCart(sceneOf(owner), linesOf(owner), as);
  const ownerHeaders = cart.key.headers ?? {};
  const read = done(await callOf(owner.every, 'order')('GET', `/v1/carts/${cart.id}`, { headers: ownerHeaders }));
  return { ...cart, url: `/v1/carts/${cart.id}`, ownerHeaders, etag: String(read.headers['etag']) };
}

/** An order that waits to be paid, or is. */
export async function orderOf(owner: Owner, whose: 'account' | 'guest', state: 'pending' | 'paid' = 'pending') {
  const as: Key = whose === 'account' ? { headers: owner.person.headers } : {};
  const { order, key, url } = await placeOrder(sceneOf(owner), linesOf(owner), as);
  if (state === 'paid') done(await pay(sceneOf(owner), { url, key }));
  return { id: order.id, url, ownerHeaders: key.headers ?? {} };
}

/** The code that confirms an authenticator app which the owner is about to add. */
export async function enrolledCodeOf({ every, person: { headers } }: Owner): Promise<string> {
  const { secret } = bodyOf(TotpEnrolment, done(await callOf(every, 'auth')('POST', '/v1/auth/factors/totp', { headers })));
  return totpAt(secret, Date.now());
}

/** An authenticator app that counts. */
export async function totpOf({ every, person: { headers } }: Owner): Promise<{ readonly id: string; readonly secret: string }> {
  const auth = callOf(every, 'auth');
  const { secret } = bodyOf(TotpEnrolment, done(await auth('POST', '/v1/auth/factors/totp', { headers })));
  done(await auth('POST', '/v1/auth/factors/totp/confirmation', { headers, body: { code: totpAt(secret, Date.now()) } }));
  const { factors } = bodyOf(Factors, done(await auth('GET', '/v1/auth/factors', { headers })));
  return { id: factors[0]?.id ?? '', secret };
}

/** Agrees to be known in the other region. */
export async function consentToCrossing({ every, person: { headers } }: Pick<Owner, 'every' | 'person'>): Promise<void> {
  const items = [{ topic: 'cross_border', granted: true, wordingVersion: 'v1' }];
  done(await callOf(every, 'user')('PUT', '/v1/me/consents', { headers, body: { items } }));
}

/** All rows of the services that name one of `marks`, in their order; what only counts requests and tries is left out. */
export async function rowsAbout(database: pg.Client, marks: readonly string[]): Promise<readonly string[]> {
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname IN ('auth', 'users', 'orders', 'notification', 'inventory', 'events')
       AND tablename NOT IN ('throttle', 'challenge', 'security_event', 'idempotency_key')`,
  );
  const each = tables.map(({ name }) => `SELECT '${name} ' || t::text AS row FROM ${name} t`);
  const { rows } = await database.query<{ row: string }>(
    `SELECT row FROM (${each.join(' UNION ALL ')}) all_rows WHERE row ~ $1 ORDER BY row`,
    [marks.join('|')],
  );
  return rows.map(({ row }) => row);
}
