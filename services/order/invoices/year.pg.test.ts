/**
 * Goal: the year in a number is that of the instant at which the document was issued, also for who waited for its number over New Year. Method: the sessions of the
 * service have a clock of the test's own. Planted once: the year is read before the number is waited for.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { wholeOf, writeCreditNote } from '../credit-notes/service.ts';
import type { OrderDb, Trx } from '../deps.ts';
import { lockOrder, selectOrderLines, type OrderRow } from '../orders/orders.repository.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { newCustomer, placeOrder } from '../testing/shop.ts';
import { writeInvoices } from './service.ts';

let scene: Scene;
let db: OrderDb;
beforeAll(async () => {
  scene = await openScene();
  await scene.inspect.query(`
    CREATE SCHEMA clock;
    CREATE TABLE clock.hand (at timestamptz NOT NULL);
    INSERT INTO clock.hand VALUES (now());
    CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER AS 'SELECT at FROM clock.hand';
    GRANT USAGE ON SCHEMA clock TO orders`);
  await scene.inspect.query(
    'DO $$ BEGIN EXECUTE format($f$ALTER ROLE orders IN DATABASE %I SET search_path = clock, pg_catalog$f$, current_database()); END $$',
  );
  ({ db } = await scene.region.open<Record<string, never>>('orders'));
});
afterAll(() => scene.close());

const setClock = (at: string) => scene.inspect.query('UPDATE clock.hand SET at = $1', [at]);
const untilOneWaits = () =>
  expect
    .poll(async () => {
      const query = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await scene.inspect.query(query)).rowCount;
    })
    .toBe(1);

async function newOrder(): Promise<string> {
  const productId = await scene.product('Y-MUG', 500, { onHand: 100 });
  return (await placeOrder(scene, [{ productId, quantity: 1 }], newCustomer())).order.id;
}
async function locked(trx: Trx, orderId: string): Promise<OrderRow> {
  const order = await lockOrder(trx, orderId, 'staff');
  if (order === undefined) throw new Error('an order has gone');
  return order;
}
const invoice = async (trx: Trx, orderId: string) => writeInvoices(trx, 'world', [await locked(trx, orderId)]);
const credit = async (trx: Trx, orderId: string) => {
  const whole = wholeOf(await locked(trx, orderId), await selectOrderLines(trx, orderId));
  await writeCreditNote(trx, 'world', { orderId, returnId: null, credit: whole });
};

it.each([
  ['an invoice', 'orders.invoice', async () => undefined, invoice, 'W'],
  ['a credit note', 'orders.credit_note', (orderId: string) => db.transaction().execute((trx) => invoice(trx, orderId)), credit, 'W-CR'],
] as const)(
  '%s that waits for its number over New Year is of the new year, and each number of its instant’s',
  async (_what, table, before, issue, prefix) => {
    const orders = [await newOrder(), await newOrder(), await newOrder()] as const;
    await setClock('2030-12-31T23:59:58Z');
    for (const orderId of orders) await before(orderId);
    const first = await db.startTransaction().execute();
    await issue(first, orders[0]);
    const waiting = db.transaction().execute((trx) => issue(trx, orders[1]));
    await untilOneWaits();
    await setClock('2031-01-01T00:00:01Z');
    await first.commit().execute();
    await waiting;
    await db.transaction().execute((trx) => issue(trx, orders[2]));
    const { rows } = await sql<{ number: string; year: string }>`
    SELECT number, to_char(issued_at AT TIME ZONE 'UTC', 'YYYY') AS year FROM ${sql.raw(table)} WHERE order_id = ANY (${orders}) ORDER BY issued_at, number`.execute(
      db,
    );
    expect(rows).toEqual([
      { number: `${prefix}-2030-000001`, year: '2030' },
      { number: `${prefix}-2031-000001`, year: '2031' },
      { number: `${prefix}-2031-000002`, year: '2031' },
    ]);
  },
);
