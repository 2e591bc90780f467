import { sql } from 'kysely';

import type { ShippingAddress } from '#contracts/shipping.ts';

import type { Trx } from '../deps.ts';
import type { Pricing, Taxed } from '../rules/pricing.ts';
import { HELD_SECONDS } from './held.ts';

export interface NewOrder {
  readonly id: string;
  readonly number: string;
  readonly accountId: string | null;
  readonly tokenHash: Buffer | null;
  readonly cartId: string;
  readonly storeId: string | null;
  readonly currency: string;
  readonly shipTo: ShippingAddress;
  readonly pricing: Pick<Pricing, 'shipping' | 'totals' | 'taxBasisPoints'>;
  /** In whose share it counts, and with how many units. */
  readonly holder: Buffer | null;
  readonly units: number;
}

export interface NewLine extends Taxed {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly unitMinor: number;
  readonly quantity: number;
}

const HELD = sql`now() + make_interval(secs => ${HELD_SECONDS})`;

/** The account's address as it is now; undefined where it has none of this id. */
export async function findAddress(trx: Trx, accountId: string, addressId: string): Promise<ShippingAddress | undefined> {
  const { rows } = await sql<{ address: ShippingAddress | null }>`SELECT users.address_of(${accountId}, ${addressId}) AS address`.execute(
    trx,
  );
  return rows[0]?.address ?? undefined;
}

/** The next serial number of an order. One that rolls back is used up: numbers of orders may have gaps, those of invoices may not. */
export async function nextSerial(trx: Trx): Promise<string> {
  const { rows } = await sql<{ serial: string }>`SELECT nextval('orders.order_number') AS serial`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('a sequence answered no row');
  return row.serial;
}

/** Answers until when the order keeps its goods. */
export async function insertOrder(trx: Trx, order: NewOrder): Promise<string> {
  const { shipping, totals, taxBasisPoints } = order.pricing;
  const { rows } = await sql<{ expires_at: string }>`
    INSERT INTO orders.order (id, number, account_id, token_hash, cart_id, store_id, state, payment_state, fulfilment_state, currency, country,
      tax_basis_points, shipping_net_minor, shipping_tax_minor, net_minor, tax_minor, total_minor, ship_to, expires_at, holder, units)
    VALUES (${order.id}, ${order.number}, ${order.accountId}, ${order.tokenHash},
      ${order.cartId}, ${order.storeId}, 'pending', 'none', 'none', ${order.currency}, ${order.shipTo.country}, ${taxBasisPoints},
      ${shipping.netMinor}, ${shipping.taxMinor}, ${totals.netMinor}, ${totals.taxMinor}, ${totals.totalMinor},
      ${JSON.stringify(order.shipTo)}::jsonb, ${HELD}, ${order.holder}, ${order.units})
    RETURNING expires_at`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('an insert answered no row');
  return row.expires_at;
}

export async function insertOrderLines(trx: Trx, orderId: string, lines: readonly NewLine[]): Promise<void> {
  const column = <Value>(of: (line: NewLine) => Value): Value[] => lines.map((line) => of(line));
  await sql`
    INSERT INTO orders.order_line (order_id, line, product_id, sku, name, unit_minor, quantity, net_minor, tax_minor, total_minor)
    SELECT ${orderId}, l.line, l.product_id, l.sku, l.name, l.unit_minor, l.quantity, l.net_minor, l.tax_minor, l.total_minor
    FROM unnest(${column(({ productId }) => productId)}::uuid[], ${column(({ sku }) => sku)}::text[], ${column(({ name }) => name)}::text[],
      ${column(({ unitMinor }) => unitMinor)}::int8[], ${column(({ quantity }) => quantity)}::int[],
      ${column(({ netMinor }) => netMinor)}::int8[], ${column(({ taxMinor }) => taxMinor)}::int8[],
      ${column(({ totalMinor }) => totalMinor)}::int8[]) WITH ORDINALITY
      AS l(product_id, sku, name, unit_minor, quantity, net_minor, tax_minor, total_minor, line)`.execute(trx);
}
