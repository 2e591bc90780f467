import { sql, type RawBuilder } from 'kysely';

import type { LineWanted } from '#contracts/cart.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';
import type { Owner } from '../owner.ts';

export interface CartRow {
  readonly id: string;
  readonly account_id: string | null;
  readonly currency: string;
  readonly state: 'open' | 'checked_out';
  readonly order_id: string | null;
  readonly version: number;
  readonly updated_at: string;
  readonly expires_at: string;
}

const LIFETIME = sql`now() + interval '30 days'`;
const REMOVED_AT_ONCE = 20;

const columns = sql`c.id, c.account_id, c.currency, c.state, c.order_id, c.version,
  ${instantText(sql`c.updated_at`)} AS updated_at, ${instantText(sql`c.expires_at`)} AS expires_at`;

const ownedBy = ({ accountId, tokenHash }: Owner): RawBuilder<boolean> =>
  sql`(c.account_id = ${accountId}::uuid OR c.token_hash = ${tokenHash}::bytea) AND c.expires_at > now()`;

/** Makes an account's carts wait for each other, so that it has one open cart a currency whatever is asked at the same time. */
export async function lockCartsOf(trx: Trx, accountId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('orders.cart:' || ${accountId}, 0))`.execute(trx);
}

export async function insertCart(trx: Trx, id: string, owner: Owner, currency: string): Promise<CartRow> {
  const { rows } = await sql<CartRow>`
    INSERT INTO orders.cart AS c (id, account_id, token_hash, currency, expires_at)
    VALUES (${id}, ${owner.accountId}, ${owner.tokenHash}, ${currency}, ${LIFETIME}) RETURNING ${columns}`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('an insert answered no row');
  return row;
}

/** The account's open cart, locked. One that has expired is removed: it would be in the way of another. */
export async function lockOpenCart(trx: Trx, accountId: string, currency: string): Promise<CartRow | undefined> {
  const open = sql`c.account_id = ${accountId} AND c.currency = ${currency} AND c.state = 'open'`;
  await sql`DELETE FROM orders.cart c WHERE ${open} AND c.expires_at <= now()`.execute(trx);
  const { rows } = await sql<CartRow>`SELECT ${columns} FROM orders.cart c WHERE ${open} FOR UPDATE`.execute(trx);
  return rows[0];
}

export async function findCart(db: OrderDb, id: string, owner: Owner): Promise<CartRow | undefined> {
  const { rows } = await sql<CartRow>`SELECT ${columns} FROM orders.cart c WHERE c.id = ${id} AND ${ownedBy(owner)}`.execute(db);
  return rows[0];
}

/** The same, locked until the transaction ends. */
export async function lockCart(trx: Trx, id: string, owner: Owner): Promise<CartRow | undefined> {
  const { rows } = await sql<CartRow>`SELECT ${columns} FROM orders.cart c WHERE c.id = ${id} AND ${ownedBy(owner)} FOR UPDATE`.execute(
    trx,
  );
  return rows[0];
}

export async function selectLines(db: OrderDb, cartId: string): Promise<LineWanted[]> {
  const { rows } = await sql<LineWanted>`
    SELECT product_id AS "productId", quantity FROM orders.cart_line WHERE cart_id = ${cartId} ORDER BY position`.execute(db);
  return rows;
}

/** Puts `lines` in the place of the cart's, and makes another version of it. */
export async function replaceLines(trx: Trx, cartId: string, lines: readonly LineWanted[]): Promise<CartRow> {
  await sql`DELETE FROM orders.cart_line WHERE cart_id = ${cartId}`.execute(trx);
  await sql`
    INSERT INTO orders.cart_line (cart_id, product_id, quantity, position)
    SELECT ${cartId}, l.product_id, l.quantity, l.position
    FROM unnest(${lines.map(({ productId }) => productId)}::uuid[], ${lines.map(({ quantity }) => quantity)}::int[])
      WITH ORDINALITY AS l(product_id, quantity, position)`.execute(trx);
  const { rows } = await sql<CartRow>`
    UPDATE orders.cart c SET version = c.version + 1, updated_at = now(), expires_at = ${LIFETIME}
    WHERE c.id = ${cartId} RETURNING ${columns}`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('a locked cart is gone');
  return row;
}

/** Gives a guest's cart to an account: its token opens nothing any more. */
export async function giveCart(trx: Trx, cartId: string, accountId: string): Promise<void> {
  await sql`UPDATE orders.cart SET account_id = ${accountId}, token_hash = NULL WHERE id = ${cartId}`.execute(trx);
}

export async function deleteCart(trx: Trx, cartId: string): Promise<void> {
  await sql`DELETE FROM orders.cart WHERE id = ${cartId}`.execute(trx);
}

export async function markCheckedOut(trx: Trx, cartId: string, orderId: string): Promise<void> {
  await sql`
    UPDATE orders.cart SET state = 'checked_out', order_id = ${orderId}, version = version + 1, updated_at = now()
    WHERE id = ${cartId}`.execute(trx);
}

/** Removes some carts that have expired. Called along with requests, so that the table needs no job of its own. */
export async function removeExpiredCarts(db: OrderDb): Promise<void> {
  await sql`
    DELETE FROM orders.cart WHERE id IN (
      SELECT id FROM orders.cart WHERE expires_at < now() ORDER BY expires_at LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED
    )`.execute(db);
}
