import { randomBytes } from 'node:crypto';

import type { ShippingAddress } from '#contracts/shipping.ts';
import { withRole } from '#sim/postgres/provision.ts';

import { type CapturedStatement, pgbenchScript, readStatements } from '../captured.ts';
import { hammer } from '../hammer.ts';
import { pgbench } from '../pgbench.ts';
import { row, type Report } from '../report.ts';
import type { ServicesRig } from '../rig.ts';
import { fillShelves } from '../shelves.ts';

const CLIENTS = 8;
const SECONDS = 5;
const PRODUCTS = 1_000;
const LINES = 3;
/** A range of carts for each client of pgbench, and one for the service; more than either can use up. */
const RANGE = 6_000;
const STORE = '00000000-0000-5000-8000-000000000001';
const shipTo: ShippingAddress = {
  form: 'western',
  recipient: 'A Buyer',
  phone: '+441632960001',
  country: 'GB',
  lines: ['1 Some Street'],
  city: 'London',
  region: null,
  postcode: 'SW1A 1AA',
};

const padded = (n: number): string => String(n).padStart(12, '0');
const cartOf = (n: number): string => `00000000-0000-4000-8000-${padded(n)}`;
const PLACES = 'INSERT INTO orders.order ';
const keyOf = (n: number): string => `bench-${padded(n)}`;
/** The same numbers, as pgbench counts them: `:i` is a client's own. */
const counted = `lpad((:client_id * ${RANGE} + :i)::text, 12, '0')`;

/** Fills carts of three lines of different products, all of one guest. */
async function fillCarts({ server }: ServicesRig, ids: readonly string[], token: string, count: number): Promise<void> {
  const cart = `('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid`;
  await server.pool.query(
    `INSERT INTO orders.cart (id, token_hash, currency, expires_at) SELECT ${cart}, sha256(convert_to($1, 'UTF8')), 'GBP', now() + interval '1 day' FROM generate_series(0, $2::int - 1) n`,
    [token, count],
  );
  await server.pool.query(
    `INSERT INTO orders.cart_line (cart_id, product_id, quantity, position)
     SELECT ${cart}, ($1::uuid[])[1 + (n * 7 + line * 331) % cardinality($1::uuid[])], 1, line
     FROM generate_series(0, $2::int - 1) n, generate_series(0, ${LINES} - 1) line`,
    [ids, count],
  );
  await server.pool.query('SELECT inventory.choose_online_store($1)', [STORE]);
  await server.pool.query('SELECT inventory.lock_stock(array_fill($1::uuid, ARRAY[cardinality($2::uuid[])]), $2)', [STORE, ids]);
  await server.pool.query('UPDATE inventory.stock SET on_hand = 1000000');
  await server.pool.query('VACUUM ANALYZE');
}

function requestOf(url: string, token: string, n: number): string {
  const expectedTotal = { amountMinor: 295 * LINES + 395, currency: 'GBP' };
  const body = JSON.stringify({ cartId: cartOf(n), shipTo, expectedTotal });
  return [
    'POST /v1/checkouts HTTP/1.1',
    `host: ${new URL(url).host}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    `cart-token: ${token}`,
    `idempotency-key: ${keyOf(n)}`,
    '',
    body,
  ].join('\r\n');
}

/** How many checkouts are looked at: with one alone, all clients of pgbench would wait for the stock of the same three products. */
const CAPTURED = 40;

/** The SQL of checkouts of the carts from `first` on, as the server's log has it; the service runs on connections that are opened after it is asked to be told. */
async function captureCheckouts(rig: ServicesRig, token: string, first: number): Promise<string[]> {
  await rig.server.pool.query(`ALTER ROLE orders SET log_statement = 'all'`);
  const service = await rig.start('order');
  const url = service.url('world:order');
  const scripts: string[] = [];
  for (let n = first; n < first + CAPTURED; n += 1) {
    const from = rig.server.log.length;
    const asked = await hammer({ url, connections: 1, seconds: 5, request: (at) => (at === 0 ? requestOf(url, token, n) : undefined) });
    if (Object.keys(asked.refused).length > 0) throw new Error(`the checkout was refused: ${JSON.stringify(asked.refused)}`);
    const found = await rig.server.pool.query<{ id: string; number: string }>('SELECT id, number FROM orders.order WHERE cart_id = $1', [
      cartOf(n),
    ]);
    const [order] = found.rows;
    if (order === undefined) throw new Error('the order that was placed is not there');
    scripts.push(scriptOf(readStatements(rig.server.log.slice(from), 'orders'), n, order));
  }
  await service.stop();
  await rig.server.pool.query('ALTER ROLE orders RESET log_statement');
  return scripts;
}

function scriptOf(said: readonly CapturedStatement[], n: number, order: { readonly id: string; readonly number: string }): string {
  const pid = said.find(({ text }) => text.includes(PLACES))?.pid;
  const all = said.filter((statement) => statement.pid === pid);
  const placed = all.findIndex(({ text }) => text.includes(PLACES));
  const begun = all.findLastIndex(({ text }, at) => at < placed && /^begin/i.test(text));
  const ended = all.findIndex(({ text }, at) => at > placed && /^commit/i.test(text));
  if (placed < 0 || begun < 0 || ended < 0) throw new Error('the log does not show a checkout');
  return [
    '\\set i :i + 1',
    pgbenchScript(all.slice(begun, ended + 1), {
      [cartOf(n)]: `('00000000-0000-4000-8000-' || ${counted})`,
      [order.id]: `('00000000-0000-7000-9000-' || ${counted})`,
      [order.number]: `('P-' || ${counted})`,
      [keyOf(n)]: `('bench-' || ${counted})`,
    }),
  ].join('\n');
}

/** Checkouts a second of the service, and of pgbench with the statements that the service runs for one. */
export async function benchCheckout(rig: ServicesRig, report: Report): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  const catalog = await rig.start('catalog');
  const ids = await fillShelves(rig, catalog.url('world:catalog'), PRODUCTS);
  await catalog.stop();
  const ofService = CLIENTS * RANGE;
  await fillCarts(rig, ids, token, ofService + 2 * RANGE);
  const scripts = await captureCheckouts(rig, token, ofService + 2 * RANGE - CAPTURED);
  const url = withRole(rig.server.superuserUrl, 'orders', rig.passwords.orders);
  const plain = await pgbench({ url, clients: CLIENTS, seconds: SECONDS, scripts, variables: { i: '-1' } });
  const service = await rig.start('order');
  const at = service.url('world:order');
  const warm = await hammer({
    url: at,
    connections: CLIENTS,
    seconds: 1,
    request: (n) => (n < RANGE - CAPTURED ? requestOf(at, token, ofService + RANGE + n) : undefined),
  });
  const ours = await hammer({
    url: at,
    connections: CLIENTS,
    seconds: SECONDS,
    request: (n) => (n < RANGE ? requestOf(at, token, ofService + n) : undefined),
  });
  for (const { refused } of [warm, ours])
    if (Object.keys(refused).length > 0) throw new Error(`checkouts were refused: ${JSON.stringify(refused)}`);
  report(row('checkout of three lines, the service', ours));
  report(
    `${'the same statements by pgbench'.padEnd(44)} ${plain.toFixed(0).padStart(7)}/s   the service has ${(ours.perSecond / plain).toFixed(2)}x [0.25x]`,
  );
}
