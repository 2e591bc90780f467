import { sql } from 'kysely';

import type { ShippingAddress } from '#contracts/shipping.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { NewLine } from '../checkout/checkout.repository.ts';
import type { Trx } from '../deps.ts';
import type { Pricing } from '../rules/pricing.ts';
import type { StateChange } from '../states/states.repository.ts';

/** What is kept of a sale besides its order. */
export interface NewSale {
  readonly reference: string;
  readonly orderId: string;
  readonly soldAt: string;
  /** Of what is recorded: whether another request says the same. */
  readonly contentHash: Buffer;
}

export interface SoldOrder {
  readonly id: string;
  readonly number: string;
  readonly accountId: string | null;
  readonly shipTo: ShippingAddress;
  readonly pricing: Pick<Pricing, 'shipping' | 'totals' | 'taxBasisPoints'>;
  readonly paymentId: string;
  readonly shipmentId: string;
}

/**
 * Takes the references for these orders, as far as nobody has them; answers those that were taken here. Waits for whoever takes the same at this moment: references
 * are taken in their own order, so that nobody waits in a circle.
 */
export async function takeReferences(trx: Trx, sales: readonly NewSale[], channel: string, actor: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ reference: string }>`
    INSERT INTO orders.sale (reference, order_id, channel, sold_at, content_hash, actor)
    SELECT s.reference, s.order_id, ${channel}, s.sold_at, s.content_hash, ${actor}
    FROM unnest(${sales.map(({ reference }) => reference)}::text[], ${sales.map(({ orderId }) => orderId)}::uuid[],
      ${sales.map(({ soldAt }) => soldAt)}::timestamptz[], ${sales.map(({ contentHash }) => contentHash)}::bytea[])
      AS s(reference, order_id, sold_at, content_hash)
    ORDER BY s.reference COLLATE "C" ON CONFLICT DO NOTHING RETURNING reference`.execute(trx);
  return new Set(rows.map(({ reference }) => reference));
}

export interface RecordedSale {
  readonly reference: string;
  readonly order_id: string;
  readonly number: string;
  readonly content_hash: Buffer;
}

export async function selectRecorded(trx: Trx, references: readonly string[]): Promise<ReadonlyMap<string, RecordedSale>> {
  if (references.length === 0) return new Map();
  const { rows } = await sql<RecordedSale>`
    SELECT s.reference, s.order_id, o.number, s.content_hash
    FROM orders.sale s JOIN orders.order o ON o.id = s.order_id WHERE s.reference = ANY (${references}::text[])`.execute(trx);
  return new Map(rows.map((row) => [row.reference, row]));
}

/** As nextSerial, several at once. */
export async function nextSerials(trx: Trx, count: number): Promise<string[]> {
  const { rows } = await sql<{ serial: string }>`SELECT nextval('orders.order_number') AS serial FROM generate_series(1, ${count})`.execute(
    trx,
  );
  return rows.map(({ serial }) => serial);
}

/** Orders that are over, each with its payment, its shipment and its history. */
export async function insertSoldOrders(
  trx: Trx,
  orders: readonly SoldOrder[],
  { currency, storeId }: { readonly currency: string; readonly storeId: string | null },
  history: readonly StateChange[],
): Promise<void> {
  const column = <Value>(of: (order: SoldOrder) => Value): Value[] => orders.map((order) => of(order));
  const ids = column(({ id }) => id);
  const totals = column(({ pricing }) => pricing.totals.totalMinor);
  await sql`
    INSERT INTO orders.order (id, number, account_id, store_id, state, payment_state, fulfilment_state, currency, country, tax_basis_points,
      shipping_net_minor, shipping_tax_minor, net_minor, tax_minor, total_minor, ship_to, expires_at)
    SELECT o.id, o.number, o.account_id, ${storeId}::uuid, 'completed', 'captured', 'delivered', ${currency}, o.ship_to ->> 'country', o.basis_points,
      o.shipping_net, o.shipping_tax, o.net, o.tax, o.total, o.ship_to, now()
    FROM unnest(${ids}::uuid[], ${column(({ number }) => number)}::text[], ${column(({ accountId }) => accountId)}::uuid[],
      ${column(({ pricing }) => pricing.taxBasisPoints)}::int[], ${column(({ pricing }) => pricing.shipping.netMinor)}::int8[],
      ${column(({ pricing }) => pricing.shipping.taxMinor)}::int8[], ${column(({ pricing }) => pricing.totals.netMinor)}::int8[],
      ${column(({ pricing }) => pricing.totals.taxMinor)}::int8[], ${totals}::int8[], ${column(({ shipTo }) => JSON.stringify(shipTo))}::jsonb[])
      AS o(id, number, account_id, basis_points, shipping_net, shipping_tax, net, tax, total, ship_to)`.execute(trx);
  await sql`
    INSERT INTO orders.payment (id, order_id, state, amount_minor, currency, settled_at, taken_by)
    SELECT p.id, p.order_id, 'captured', p.amount, ${currency}, clock_timestamp(), 'elsewhere'
    FROM unnest(${column(({ paymentId }) => paymentId)}::uuid[], ${ids}::uuid[], ${totals}::int8[]) AS p(id, order_id, amount)`.execute(
    trx,
  );
  await sql`
    INSERT INTO orders.shipment (id, order_id, delivered_at)
    SELECT s.id, s.order_id, now() FROM unnest(${column(({ shipmentId }) => shipmentId)}::uuid[], ${ids}::uuid[]) AS s(id, order_id)`.execute(
    trx,
  );
  await sql`
    INSERT INTO orders.order_event (order_id, machine, event, from_state, to_state, actor)
    SELECT o.id, c.machine, c.event, c."from", c."to", c.actor
    FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS o(id, position),
      ROWS FROM (jsonb_to_recordset(${JSON.stringify(history)}::jsonb) AS (machine text, event text, "from" text, "to" text, actor text)) WITH ORDINALITY
        AS c(machine, event, "from", "to", actor, step)
    ORDER BY o.position, c.step`.execute(trx);
}

/** Lines of several orders, all of them shipped. A line's number is its place in its order, from one. */
export async function insertSoldLines(
  trx: Trx,
  lines: readonly (NewLine & { readonly orderId: string; readonly shipmentId: string; readonly line: number })[],
): Promise<void> {
  const column = <Value>(of: (line: (typeof lines)[number]) => Value): Value[] => lines.map((line) => of(line));
  const orderIds = column(({ orderId }) => orderId);
  const numbers = column(({ line }) => line);
  const quantities = column(({ quantity }) => quantity);
  await sql`
    INSERT INTO orders.order_line (order_id, line, product_id, sku, name, unit_minor, quantity, net_minor, tax_minor, total_minor, shipped)
    SELECT l.order_id, l.line, l.product_id, l.sku, l.name, l.unit_minor, l.quantity, l.net_minor, l.tax_minor, l.total_minor, l.quantity
    FROM unnest(${orderIds}::uuid[], ${numbers}::int[], ${column(({ productId }) => productId)}::uuid[], ${column(({ sku }) => sku)}::text[],
      ${column(({ name }) => name)}::text[], ${column(({ unitMinor }) => unitMinor)}::int8[], ${quantities}::int[],
      ${column(({ netMinor }) => netMinor)}::int8[], ${column(({ taxMinor }) => taxMinor)}::int8[],
      ${column(({ totalMinor }) => totalMinor)}::int8[])
      AS l(order_id, line, product_id, sku, name, unit_minor, quantity, net_minor, tax_minor, total_minor)`.execute(trx);
  await sql`
    INSERT INTO orders.shipment_line (shipment_id, order_id, line, quantity)
    SELECT * FROM unnest(${column(({ shipmentId }) => shipmentId)}::uuid[], ${orderIds}::uuid[], ${numbers}::int[], ${quantities}::int[])`.execute(
    trx,
  );
}

/** The order that a sale was recorded as, and when it was. */
export async function findSale(trx: Trx, reference: string): Promise<{ readonly orderId: string; readonly soldAt: string } | undefined> {
  const { rows } = await sql<{ orderId: string; soldAt: string }>`
    SELECT s.order_id AS "orderId", ${instantText(sql`s.sold_at`)} AS "soldAt" FROM orders.sale s WHERE s.reference = ${reference}`.execute(
    trx,
  );
  return rows[0];
}
