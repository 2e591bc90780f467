/**
 * Goal: nothing that is bought, or put into a cart, while somebody is erased, or with their token afterwards, stays behind with their name.
 * Method: real services on a real database. The erasure is stopped when it has been through the orders and not yet ended, and its person buys on. Planted once
 * each: a checkout that does not ask for its account, and one that asks without holding it; a cart that is opened, and one that is claimed, without asking.
 */
import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { holders } from '#user/personal-data/holders.ts';

import { cartOf, moveIn, rowsAbout, written, type Owner } from './testing/owners/belongings.ts';
import { openShop, type OpenShop } from './testing/owners/shop.ts';
import { callOf } from './testing/planted/life.ts';
import { silentLog } from './testing/region-database.ts';

const GATE = 4_711;
let shop: OpenShop;
let gate: pg.Client;
beforeAll(async () => {
  shop = await openShop(silentLog);
  gate = new pg.Client({ connectionString: shop.every.region.urls.url });
  await gate.connect();
});
afterAll(async () => {
  await gate.end();
  await shop.close();
});

const erase = ({ person: { headers } }: Owner) => callOf(shop.every, 'user')('POST', '/v1/me/erasure', { headers });

async function buy(owner: Owner, { id, total, ownerHeaders: headers }: Awaited<ReturnType<typeof cartOf>>) {
  const body = { cartId: id, shipTo: { ...written(owner), region: null }, expectedTotal: total };
  return callOf(shop.every, 'order')('POST', '/v1/checkouts', { headers, idempotencyKey: randomUUID(), body });
}

/** Orders that name somebody, or their address. */
const ordersOf = async ({ marks }: Owner): Promise<readonly string[]> =>
  (await rowsAbout(shop.database, marks)).filter((row) => row.startsWith('orders."order"'));

const waiting = async (): Promise<number> => {
  const { rowCount } = await gate.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
  return rowCount ?? 0;
};

it('what is bought while an erasure is under way waits for it, and is refused', async () => {
  const owner = await moveIn(shop.every, shop.database, shop.productId);
  const cart = await cartOf(owner, 'account');
  const last = holders.at(-1);
  expect(holders.indexOf('orders')).toBeLessThan(holders.length - 1);
  await shop.database.query(`ALTER FUNCTION ${last}.erase RENAME TO erase_at_once;
    CREATE FUNCTION ${last}.erase(account uuid) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN PERFORM pg_advisory_xact_lock(${GATE}); RETURN ${last}.erase_at_once(account); END $$`);
  await gate.query('SELECT pg_advisory_lock($1)', [GATE]);
  const erasing = erase(owner);
  await expect.poll(waiting).toBe(1);
  let isBought = false;
  const buying = buy(owner, cart).finally(() => (isBought = true));
  await expect.poll(async () => isBought || (await waiting()) === 2).toBe(true);
  await gate.query('SELECT pg_advisory_unlock($1)', [GATE]);
  expect((await erasing).status).toBe(200);
  expect(await buying).toMatchObject({ status: 410, body: { code: 'account_erased' } });
  expect(await ordersOf(owner)).toEqual([]);
});

it('a token that outlives its account buys nothing', async () => {
  const owner = await moveIn(shop.every, shop.database, shop.productId);
  const cart = await cartOf(owner, 'account');
  expect((await erase(owner)).status).toBe(200);
  expect(await buy(owner, cart)).toMatchObject({ status: 410, body: { code: 'account_erased' } });
  expect(await ordersOf(owner)).toEqual([]);
});

it('a token that outlives its account opens no cart, and makes none of a guest’s its own', async () => {
  const owner = await moveIn(shop.every, shop.database, shop.productId);
  const { url, ownerHeaders } = await cartOf(owner, 'guest');
  expect((await erase(owner)).status).toBe(200);
  const order = callOf(shop.every, 'order');
  const { headers } = owner.person;
  const refused = { status: 410, body: { code: 'account_erased' } };
  expect(await order('POST', '/v1/carts', { headers, body: { currency: 'GBP' } })).toMatchObject(refused);
  expect(await order('POST', `${url}/claim`, { headers: { ...headers, ...ownerHeaders } })).toMatchObject(refused);
  expect((await rowsAbout(shop.database, owner.marks)).filter((row) => row.startsWith('orders.cart'))).toEqual([]);
  expect((await order('GET', url, { headers: ownerHeaders })).status).toBe(200);
});
