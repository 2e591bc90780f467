import { randomUUIDv7 } from 'node:crypto';

import { CART_LINES_LIMIT, LINE_QUANTITY_LIMIT, type Cart, type CreatedCart, type LineWanted } from '#contracts/cart.ts';
import type { Region } from '#contracts/regions.ts';
import { requireVersion } from '#platform/entity/version-tag.ts';
import { AppError } from '#platform/errors.ts';
import { hashOfToken, newRandomToken } from '#platform/random-token.ts';

import type { OrderDb, OrderDeps, Trx } from '../deps.ts';
import { requireNotErased } from '../erased.repository.ts';
import { type Owner } from '../owner.ts';
import { currencyFor } from '../rules/currencies.ts';
import {
  deleteCart,
  findCart,
  insertCart,
  lockCart,
  lockCartsOf,
  lockOpenCart,
  removeExpiredCarts,
  replaceLines,
  selectLines,
  type CartRow,
} from './carts.repository.ts';
import { addUpLines } from './merge.ts';
import { cartOf } from './present.ts';
import { quoteProducts } from './quote.repository.ts';

export type CartDeps = Pick<OrderDeps, 'db' | 'region'>;

/** A cart with the version that its entity tag names. */
export interface Versioned<Item> {
  readonly item: Item;
  readonly version: number;
}

/** A cart with what it costs now. */
export async function showCart(db: OrderDb, region: Region, row: CartRow, country?: string): Promise<Versioned<Cart>> {
  const lines = await selectLines(db, row.id);
  const quotes = await quoteProducts(
    db,
    lines.map(({ productId }) => productId),
    row.currency,
  );
  return { item: cartOf(row, lines, quotes, { region, country }), version: row.version };
}

/**
 * A cart in `currency`: a guest's new one, with a token that is answered this once; or the account's own, which is made where there is none. Throws AppError
 * `invalid_request` for a currency that the region sells nothing in, `account_erased`.
 */
export async function createCart(
  { db, region }: CartDeps,
  accountId: string | undefined,
  asked: string | undefined,
): Promise<Versioned<CreatedCart> & { readonly isNew: boolean }> {
  const currency = currencyFor(region, asked);
  if (currency === undefined) {
    throw new AppError('invalid_request', { errors: [{ field: 'currency', message: 'is not sold in here' }] });
  }
  await removeExpiredCarts(db);
  const token = accountId === undefined ? newRandomToken() : undefined;
  const { row, isNew } = await db.transaction().execute(async (trx) => {
    if (accountId !== undefined) {
      await requireNotErased(trx, accountId);
      await lockCartsOf(trx, accountId);
      const open = await lockOpenCart(trx, accountId, currency);
      if (open !== undefined) return { row: open, isNew: false };
    }
    const owner = { accountId: accountId ?? null, tokenHash: token === undefined ? null : hashOfToken(token) };
    return { row: await insertCart(trx, randomUUIDv7(), owner, currency), isNew: true };
  });
  const { item, version } = await showCart(db, region, row);
  return { item: token === undefined ? item : { ...item, token }, version, isNew };
}

/** Throws AppError `not_found`, `not_deliverable` or `amount_too_large`. */
export async function getCart({ db, region }: CartDeps, id: string, owner: Owner, country?: string): Promise<Versioned<Cart>> {
  const row = await findCart(db, id, owner);
  if (row === undefined) throw new AppError('not_found');
  return showCart(db, region, row, country);
}

/**
 * Gives the cart in one of the versions `tags` the lines that `change` makes of those that it has. Lines that are there already are no change, whatever version is
 * named: the same request sent again is answered as it was. Throws AppError `not_found`, `state_conflict`, `stale`, `reference_missing`, `amount_too_large`.
 */
export async function changeLines(
  { db, region }: CartDeps,
  id: string,
  owner: Owner,
  tags: readonly string[],
  change: (lines: readonly LineWanted[]) => readonly LineWanted[],
): Promise<Versioned<Cart>> {
  return db.transaction().execute(async (trx) => {
    const row = await lockOpenOne(trx, id, owner);
    const before = await selectLines(trx, id);
    const lines = change(before);
    if (isSame(before, lines)) return showCart(trx, region, row);
    requireVersion(row.version, tags);
    await requireKnown(trx, before, lines, row.currency);
    return showCart(trx, region, await replaceLines(trx, id, lines));
  });
}

/** Throws AppError `invalid_request` where lines of one product are more than a line may hold. */
export function wholeList(wanted: readonly LineWanted[]): LineWanted[] {
  const lines = addUpLines(wanted);
  if (lines.some(({ quantity }) => quantity > LINE_QUANTITY_LIMIT)) {
    throw new AppError('invalid_request', {
      errors: [{ field: 'lines', message: `must hold at most ${LINE_QUANTITY_LIMIT} units of a product` }],
    });
  }
  return lines;
}

/** Throws AppError `not_found` where the product is not among the lines. */
export function withQuantity(lines: readonly LineWanted[], productId: string, quantity: number): LineWanted[] {
  if (!lines.some((line) => line.productId === productId)) throw new AppError('not_found');
  return lines.map((line) => (line.productId === productId ? { productId, quantity } : line));
}

/** Throws AppError `not_found`, `state_conflict` or `stale`. */
export async function removeCart({ db }: CartDeps, id: string, owner: Owner, tags: readonly string[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    requireVersion((await lockOpenOne(trx, id, owner)).version, tags);
    await deleteCart(trx, id);
  });
}

/** Throws AppError `not_found` or `state_conflict`. */
export async function lockOpenOne(trx: Trx, id: string, owner: Owner): Promise<CartRow> {
  const row = await lockCart(trx, id, owner);
  if (row === undefined) throw new AppError('not_found');
  if (row.state !== 'open') throw new AppError('state_conflict', { detail: 'The cart has become an order.' });
  return row;
}

function isSame(before: readonly LineWanted[], after: readonly LineWanted[]): boolean {
  return (
    before.length === after.length &&
    after.every(({ productId, quantity }, at) => before[at]?.productId === productId && before[at].quantity === quantity)
  );
}

/** What is new in the cart has to be something that can be bought; what is in it already may have gone since. */
async function requireKnown(trx: Trx, before: readonly LineWanted[], lines: readonly LineWanted[], currency: string): Promise<void> {
  const held = new Set(before.map(({ productId }) => productId));
  const added = lines.map(({ productId }) => productId).filter((productId) => !held.has(productId));
  const quotes = await quoteProducts(trx, added, currency);
  const unknown = added.filter((productId) => !quotes.has(productId));
  if (unknown.length === 0) return;
  throw new AppError('reference_missing', {
    errors: unknown.slice(0, CART_LINES_LIMIT).map((productId) => ({ field: 'lines', message: `${productId} is not sold in ${currency}` })),
  });
}
