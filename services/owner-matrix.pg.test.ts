/**
 * Goal: nobody reaches what is somebody else's. Of each route that a customer or a guest may call, what it reaches is declared (testing/owners/reach), and a
 * route without an entry fails.
 * Method: the six services on a real database, people with real sessions. For each route somebody new makes a thing of their own; then everybody else asks for
 * it - a customer with things of their own, each role of staff that may not, a guest with another cart's and another order's token, nobody, and where a secret alone opens it, with another secret - and is
 * answered as declared, without a word of the owner's, while every row that names the owner stays as it was. Then the owner asks, and then the staff that may. Planted once
 * each: an address, a cart, an order, a session and a factor that are looked up without their owner; an order's token that opens every order; a list of orders
 * that forgets whose; a contact that is removed from everybody, a vendor's signature that is not looked at, a passkey's that is not, and a refresh token of which a part is
 * enough.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { accountRoles, type AccountRole } from '#contracts/auth.ts';

import { buildDeclaredApps } from './testing/declared-apps.ts';
import { uuidsIn } from './testing/fuzz/known.ts';
import type { Answer } from './testing/http.ts';
import { cartOf, consentToCrossing, moveIn, orderOf, rowsAbout, type Aimed, type Owner } from './testing/owners/belongings.ts';
import { signInEachRole } from './testing/owners/people.ts';
import { ONLINE_STORE, openShop, type OpenShop } from './testing/owners/shop.ts';
import { reach, type Owned } from './testing/owners/reach/index.ts';
import { callOf } from './testing/planted/life.ts';
import { silentLog } from './testing/region-database.ts';

const declared = Object.entries(await buildDeclaredApps()).flatMap(([service, app]) =>
  (app.operations ?? []).map((route) => ({ service, route, name: `${service} ${route.operation.id}` })),
);
const forPeople = declared.filter(
  ({ route: { operation } }) => operation.access.roles === 'anyone' || operation.access.roles.includes('customer'),
);

let shop: OpenShop;
/** Who else there is, by what they are, with the headers that they send. */
let strangers: ReadonlyMap<AccountRole | 'guest' | 'nobody', Readonly<Record<string, string>>>;

beforeAll(async () => {
  shop = await openShop(silentLog);
  const { every, database } = shop;
  const people = await signInEachRole(every, database);
  // The guest, and the customer, have a cart and an order of their own.
  const other = await moveInAnew();
  for (const person of [...people.values(), other.person]) await consentToCrossing({ every, person });
  const guest = { ...(await cartOf(other, 'guest')).ownerHeaders, ...(await orderOf(other, 'guest')).ownerHeaders };
  strangers = new Map<AccountRole | 'guest' | 'nobody', Readonly<Record<string, string>>>([
    ...[...people].map(([role, { headers }]) => [role, headers] as const),
    ['customer', { ...other.person.headers, ...guest }],
    ['guest', guest],
    ['nobody', {}],
  ]);
}, 120_000);

afterAll(() => shop.close());
const moveInAnew = (): Promise<Owner> => moveIn(shop.every, shop.database, shop.productId);

/** What an answer says; a problem repeats the path that was asked for. */
const saidIn = ({ body }: Answer): string =>
  JSON.stringify(body, (name, value: unknown) => (name === 'instance' ? undefined : value)) ?? '';

/** What tells of the owner and of the thing that is aimed at: their marks, and each id of the rows in which one of them stands. */
async function traces(owner: Owner, aimed: Aimed): Promise<{ readonly rows: readonly string[]; readonly secrets: readonly string[] }> {
  const everybodys = [shop.productId, ONLINE_STORE];
  const sent = uuidsIn([aimed.url, aimed.body]).filter((id) => !everybodys.includes(id));
  const found = uuidsIn(await rowsAbout(shop.database, [...owner.marks, ...sent])).filter((id) => !everybodys.includes(id));
  const all = [...new Set([...owner.marks, ...sent, ...found])];
  return { rows: await rowsAbout(shop.database, all), secrets: all.filter((one) => !sent.includes(one)) };
}

describe.each(forPeople)('$name', ({ service, route, name }) => {
  const owned = reach[name];
  const send = ({ url, body, headers }: Pick<Aimed, 'url' | 'body' | 'headers'>, as: Readonly<Record<string, string>>): Promise<Answer> =>
    callOf(shop.every, service)(route.method as 'GET', url, { ...(body === undefined ? {} : { body }), headers: { ...headers, ...as } });

  it('stands in the table', () => {
    expect(owned, `${name} does not say whose what it reaches is`).toBeDefined();
    if (typeof owned === 'object') return;
    // What names a thing of somebody's is not shared.
    expect(service === 'catalog' || !route.url.includes('/:'), route.url).toBe(true);
    expect(route.operation.access.own).toBeUndefined();
  });
  if (typeof owned !== 'object') return;

  const sees: readonly string[] = owned.sees ?? [];
  const both: readonly (readonly [string, Owned['aim']])[] = [
    ['an account', owned.aim],
    ...(owned.aimAtGuest === undefined ? [] : [['a guest', owned.aimAtGuest] as const]),
  ];

  it('declares who sees their own alone', () => {
    const { own } = route.operation.access;
    if (own !== undefined) expect(own.toSorted()).toEqual(accountRoles.filter((role) => !sees.includes(role)).toSorted());
  });

  it.each(both)(
    'of %s is reached by its owner, and by nobody else',
    async (_whose, aim) => {
      const owner: Owner = await moveInAnew();
      const aimed = await aim(owner);
      const others = { ...aimed, body: aimed.othersBody ?? aimed.body, headers: { ...aimed.headers, ...aimed.othersHeaders } };
      const before = await traces(owner, aimed);
      for (const [who, headers] of strangers) {
        if (sees.includes(who) || (owned.guessed === true && who !== 'customer' && who !== 'nobody')) continue;
        const answer = await send(others, headers);
        const shows = who !== 'nobody' && (who !== 'guest' || route.operation.access.roles === 'anyone');
        const expected = shows ? owned.others : owned.nobody;
        const told = expected === 'theirs' ? (owned.theirs ?? [owned.owner]) : [expected];
        expect(told, `${who} is answered ${answer.status} ${saidIn(answer)}`).toContain(answer.status);
        expect(
          before.secrets.filter((one) => saidIn(answer).includes(one)),
          `what ${who} learnt: ${saidIn(answer)}`,
        ).toEqual([]);
        if (owned.guessed !== true) expect((await traces(owner, aimed)).rows, `what ${who} has changed`).toEqual(before.rows);
      }
      const answer = await send(aimed, aimed.ownerHeaders);
      expect(answer.status, saidIn(answer)).toBe(owned.owner);
      for (const role of owned.sees ?? []) {
        const another = await aim(await moveInAnew());
        const seen = await send(another, strangers.get(role) ?? {});
        expect({ role, status: seen.status }, saidIn(seen)).toEqual({ role, status: owned.owner });
      }
      expect(shop.every.faults()).toEqual([]);
    },
    60_000,
  );
});

it('the table names no route that is not there', () => {
  const known = new Set(forPeople.map(({ name }) => name));
  expect(Object.keys(reach).filter((name) => !known.has(name))).toEqual([]);
});
