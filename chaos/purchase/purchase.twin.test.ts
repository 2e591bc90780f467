/**
 * Goal: each region sells by itself, from the sign-in to the mail, whether the other can be reached or not.
 * Method: on a twin that is up, with the border cut, staff of each region puts a product of its own on the shelf; a customer signs in, fills a cart, checks out and pays by each
 * way that there is. What is bought is paid once and told once by mail, what is refused stays unpaid; the stock is what was received less what is kept. After the border has
 * healed, both regions show both products, and nothing of the orders is in the other one.
 */
import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, expect, test } from 'vitest';

import { createRegionClient, type RegionClient } from '#client/index.ts';
import type { ShippingAddress } from '#contracts/shipping.ts';
import type { Money } from '#contracts/values.ts';

import { signIn } from '../twin/shop.ts';
import { openTwin, type Status } from '../twin/twin.ts';

type Region = keyof Status['regions'];

const twin = openTwin(process.env['SIM_DIR']);
const PATIENT = { timeout: 30_000, interval: 100 };
const RECEIVED = 10;
const QUANTITY = 2;

const buyer = { recipient: 'A Buyer', phone: '+441632960001' };
const places = {
  world: {
    price: { amountMinor: 1_250, currency: 'GBP' },
    shipTo: { form: 'western', ...buyer, country: 'GB', lines: ['1 Some Street'], city: 'London', region: null, postcode: 'SW1A 1AA' },
    mail: /confirmed/i,
  },
  china: {
    price: { amountMinor: 8_800, currency: 'CNY' },
    shipTo: {
      form: 'chinese',
      ...buyer,
      country: 'CN',
      province: '上海市',
      city: '上海市',
      district: '静安区',
      street: null,
      detail: '南京西路1号',
      postcode: '200040',
    },
    mail: /confirmed|确认/i,
  },
} satisfies Record<Region, { price: Money; shipTo: ShippingAddress; mail: RegExp }>;
type Place = (typeof places)[Region];

const Mails = Compile(Type.Object({ messages: Type.Array(Type.Object({ subject: Type.String() })) }));

afterAll(() => twin.sim('fault', 'heal'));

interface Shelf {
  readonly storeId: string;
  readonly productId: string;
}

/** A product and ten of it in the region's online store. */
async function fillShelf({ catalog, inventory }: RegionClient, region: Region, price: Money, country: string): Promise<Shelf> {
  const unique = randomUUID().slice(0, 8).toUpperCase();
  const store = (await catalog.createStore({ body: { code: `S-${unique}`, name: `Online ${region}`, city: 'Here', country } })).body;
  const product = (await catalog.createProduct({ body: { sku: `P-${unique}`, name: `Purchase ${unique}`, price } })).body;
  await inventory.putInventorySettings({ body: { onlineStoreId: store.id } });
  const lines = [{ productId: product.id, quantity: RECEIVED }];
  await inventory.createReceipt({ body: { storeId: store.id, lines }, idempotencyKey: randomUUID() });
  return { storeId: store.id, productId: product.id };
}

/** Fills the customer's cart and checks it out; answers the order's id, which is still to be paid. */
async function checkOut({ order }: RegionClient, shelf: Shelf, { price, shipTo }: Place): Promise<string> {
  const cart = await order.createCart({ body: { currency: price.currency } });
  const lines = [{ productId: shelf.productId, quantity: QUANTITY }];
  const params = { id: cart.body.id };
  await order.putCartLines({ params, body: { lines }, ifMatch: cart.etag ?? '' });
  const shown = (await order.getCart({ params, query: { country: shipTo.country } })).body.totals?.total;
  if (shown === undefined) throw new Error('the cart does not say what it costs');
  const placed = await order.checkOut({ body: { cartId: params.id, shipTo, expectedTotal: shown }, idempotencyKey: randomUUID() });
  expect(placed.body).toMatchObject({ state: 'pending', totals: { total: shown } });
  return placed.body.id;
}

async function subjectsOf(mailUrl: string, address: string): Promise<string[]> {
  const answer = await fetch(`${mailUrl}/messages?to=${encodeURIComponent(address)}`);
  return Mails.Parse(await answer.json()).messages.map(({ subject }) => subject);
}

interface Bought {
  readonly productId: string;
  readonly orders: readonly string[];
}

async function buyIn(region: Region, { regions, components }: Status): Promise<Bought> {
  const place = places[region];
  const baseUrl = regions[region].gatewayUrl;
  const mailUrl = components['mail']?.url ?? '';
  const staffToken = await signIn(baseUrl, mailUrl, twin.staffAddress);
  const staff = createRegionClient({ baseUrl, token: () => staffToken });
  const shelf = await fillShelf(staff, region, place.price, place.shipTo.country);
  const address = `buyer-${randomUUID()}@example.com`;
  const token = await signIn(baseUrl, mailUrl, address);
  const customer = createRegionClient({ baseUrl, token: () => token });
  const stateOf = async (id: string): Promise<unknown> => {
    const { state, paymentState, fulfilmentState } = (await customer.order.getOrder({ params: { id } })).body;
    return { state, paymentState, fulfilmentState };
  };

  const ways = [
    { method: 'card-ok', becomes: { state: 'confirmed', paymentState: 'captured', fulfilmentState: 'allocated' } },
    // The provider calls back, twice.
    { method: 'wallet-ok', becomes: { state: 'confirmed', paymentState: 'captured', fulfilmentState: 'allocated' } },
    { method: 'card-declined', becomes: { state: 'pending', paymentState: 'failed', fulfilmentState: 'none' } },
  ];
  const orders: string[] = [];
  for (const { method, becomes } of ways) {
    const id = await checkOut(customer, shelf, place);
    orders.push(id);
    await customer.order.payOrder({ params: { id }, body: { method }, idempotencyKey: randomUUID() });
    await expect.poll(() => stateOf(id), PATIENT).toEqual(becomes);
  }
  const confirmations = async (): Promise<number> =>
    (await subjectsOf(mailUrl, address)).filter((subject) => place.mail.test(subject)).length;
  await expect.poll(confirmations, PATIENT).toBe(2);
  const { body: stock } = await staff.inventory.getStock({ params: shelf });
  expect(stock).toMatchObject({ onHand: RECEIVED, reserved: ways.length * QUANTITY, available: RECEIVED - ways.length * QUANTITY });
  const invoices = await Promise.all(
    orders.slice(0, 2).map(async (id) => (await customer.order.getInvoice({ params: { id } })).body.number),
  );
  expect(new Set(invoices).size).toBe(2);
  const [first = ''] = orders;
  const stranger = createRegionClient({
    baseUrl,
    token: await signIn(baseUrl, mailUrl, `other-${randomUUID()}@example.com`).then((other) => () => other),
  });
  await expect(stranger.order.getOrder({ params: { id: first } })).rejects.toMatchObject({ status: 404 });
  return { productId: shelf.productId, orders };
}

test('each region sells while the border is cut, and orders stay where they were made', async () => {
  const status = await twin.status();
  await twin.sim('fault', 'cut', 'border');
  const bought = { world: await buyIn('world', status), china: await buyIn('china', status) };
  await twin.sim('fault', 'heal');
  for (const region of ['world', 'china'] as const) {
    const { gatewayUrl, databaseUrl } = status.regions[region];
    const { catalog } = createRegionClient({ baseUrl: gatewayUrl });
    for (const { productId: id } of Object.values(bought)) {
      const isShown = async (): Promise<boolean> =>
        (await catalog.getProduct({ params: { id }, query: {} }).catch(() => undefined)) !== undefined;
      await expect.poll(isShown, PATIENT).toBe(true);
    }
    const elsewhere = bought[region === 'world' ? 'china' : 'world'].orders;
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query('SELECT id FROM orders.order WHERE id = ANY ($1)', [elsewhere]);
    await client.end();
    expect(rows).toEqual([]);
  }
});
