/**
 * Goal: an export has what each service holds of a person, and an erasure reaches every table of every schema: what is left is what the security log and the event of the
 * erasure know, an account's number. What an order under way still needs is let go when it ends.
 * Method: somebody lives with all services on a real database, which is searched whole, before and after. Planted once each: carts, challenges, notices and an
 * Idempotency-Key that stay; a service that is neither exported nor asked to forget.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { Order } from '#contracts/order.ts';
import { PersonalDataExport } from '#contracts/user.ts';
import { handleEvents } from '#notification/consume/handle.ts';
import { defaultLimits } from '#notification/deps.ts';
import { eventOf, messageOf } from '#notification/testing/scene.ts';
import { pay } from '#order/testing/shop.ts';

import { bodyOf } from './testing/http.ts';
import { addressOf, cartOf, consentToCrossing, moveIn, totpOf, written, type Owner } from './testing/owners/belongings.ts';
import { openShop, type OpenShop } from './testing/owners/shop.ts';
import { callOf, done } from './testing/planted/life.ts';
import { silentLog } from './testing/region-database.ts';

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop(silentLog);
});
afterAll(() => shop.close());

/** Rows of whatever table that name one of `marks`, each behind its table's name. */
async function everyRowAbout(marks: readonly string[]): Promise<readonly string[]> {
  const { rows: tables } = await shop.database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname !~ '^pg_|^information_schema$'`,
  );
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await shop.database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t WHERE t::text ~ $1`, [
        marks.join('|'),
      ]);
      return rows.map(({ row }) => `${name} ${row}`);
    }),
  );
  return found.flat();
}
const tablesOf = (rows: readonly string[]): readonly string[] => [...new Set(rows.map((row) => row.split(' ')[0] ?? ''))].toSorted();

/** An order to the person's own address; answers where it is. */
async function bought(owner: Owner): Promise<{ readonly id: string; readonly url: string }> {
  const { id: cartId, total: expectedTotal, ownerHeaders: headers } = await cartOf(owner, 'account');
  const body = { cartId, shipTo: { ...written(owner), region: null }, expectedTotal };
  const { id } = bodyOf(
    Order,
    done(await callOf(owner.every, 'order')('POST', '/v1/checkouts', { headers, idempotencyKey: randomUUID(), body })),
  );
  return { id, url: `/v1/orders/${id}` };
}

/** Has the order told of by mail, as its consumer does. */
async function tell(orderId: string): Promise<void> {
  const { db } = await shop.every.region.open<Record<string, never>>('notification');
  const key = Buffer.alloc(32, 7);
  const deps = {
    region: 'world' as const,
    db,
    mailer: { send: async () => ({ providerMessageId: 'taken-by-the-server' }) },
    secrets: { digestKey: async () => key, webhookSecret: async () => key.toString('hex') },
    log: silentLog,
    limits: defaultLimits,
    sweep: async () => undefined,
  };
  const message = messageOf(eventOf('madeinworld.order.confirmed.v1', orderId));
  expect((await handleEvents(deps, [message], new AbortController().signal)).done).toEqual([message.id]);
}

it('a person is exported whole, and forgotten in every table of every service', async () => {
  const owner = await moveIn(shop.every, shop.database, shop.productId);
  const { headers } = owner.person;
  const [order, user] = [callOf(shop.every, 'order'), callOf(shop.every, 'user')];
  const scene = { call: order } as never;
  await addressOf(owner);
  await consentToCrossing(owner);
  done(await user('POST', '/v1/me/link', { headers }));
  await totpOf(owner);
  await cartOf(owner, 'account');
  const [underWay, cancelled] = [await bought(owner), await bought(owner)];
  done(await pay(scene, { url: underWay.url, key: { headers } }));
  done(await order('POST', `${cancelled.url}/cancellation`, { headers, idempotencyKey: randomUUID() }));
  await tell(underWay.id);

  expect(tablesOf(await everyRowAbout(owner.marks))).toEqual(
    expect.arrayContaining([
      'auth.account',
      'auth.challenge',
      'auth.session',
      'auth.totp',
      'notification.notice',
      'orders."order"',
      'orders.cart',
      'orders.idempotency_key',
      'orders.invoice',
      'users.address',
      'users.consent',
      'users.linked_account',
      'users.profile',
    ]),
  );

  const { services } = bodyOf(PersonalDataExport, done(await user('POST', '/v1/me/exports', { headers })));
  const [mark = ''] = owner.marks;
  expect(services).toMatchObject({
    auth: { email: `${mark}@owner.example`, sessions: expect.any(Array), factors: [{ kind: 'totp' }], events: expect.any(Array) },
    users: { name: `Name ${mark}`, addresses: [{ recipient: `Recipient ${mark}` }], link: { state: 'offered' } },
    orders: {
      carts: expect.any(Array),
      orders: [
        { shipTo: { recipient: `Recipient ${mark}` }, invoice: { buyer: { recipient: `Recipient ${mark}` } } },
        { state: 'cancelled' },
      ],
    },
    notification: { notices: [{ template: 'order-confirmed', state: 'sent' }] },
  });

  done(await user('POST', '/v1/me/erasure', { headers }));
  // A parcel that is on its way needs its address, until it has come or is called off.
  const left = await everyRowAbout(owner.marks);
  expect(tablesOf(left)).toEqual(['auth.security_event', 'events.outbox', 'orders."order"', 'orders.invoice']);
  for (const row of left.filter((each) => each.startsWith('orders'))) expect(row).toContain(underWay.id);
  const staff = await moveIn(shop.every, shop.database, shop.productId, 'support');
  done(await order('POST', `${underWay.url}/cancellation`, { headers: staff.person.headers, idempotencyKey: randomUUID() }));
  const last = await everyRowAbout(owner.marks);
  expect(tablesOf(last)).toEqual(['auth.security_event', 'events.outbox']);
  expect(last.join('\n')).not.toContain(mark);
});
