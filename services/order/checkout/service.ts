import { randomUUIDv7 } from 'node:crypto';

import { Type } from 'typebox';

import type { Checkout } from '#contracts/order.ts';
import type { Region } from '#contracts/regions.ts';
import type { ShippingAddress } from '#contracts/shipping.ts';
import { Uuid } from '#contracts/values.ts';
import { AppError, codeOf } from '#platform/errors.ts';
import { emitEvent } from '#platform/events/events.repository.ts';
import type { IdempotentRequest } from '#platform/idempotency/request.ts';
import { hashOfToken } from '#platform/random-token.ts';

import { lockCart, markCheckedOut, selectLines } from '../carts/carts.repository.ts';
import { quoteProducts } from '../carts/quote.repository.ts';
import type { OrderDeps, Trx } from '../deps.ts';
import { requireNotErased } from '../erased.repository.ts';
import type { Holder } from '../holds/limits.ts';
import { requireShare, type TellHeld } from '../holds/service.ts';
import { once } from '../once.ts';
import { guestTokenOf, type Buyer, type Owner } from '../owner.ts';
import { orderNumberOf } from '../rules/numbers.ts';
import { sumOf } from '../rules/money.ts';
import { priceOf } from '../rules/pricing.ts';
import { insertEvents } from '../states/states.repository.ts';
import { reserve } from '../stock.repository.ts';
import { requireStore } from '../store.repository.ts';
import { findAddress, insertOrder, insertOrderLines, nextSerial, type NewLine } from './checkout.repository.ts';
import { StockOut, withQuotes } from './short.ts';

/** In whose share the order is to count, where that is bounded. */
interface Share {
  readonly holder?: Holder;
  readonly tell: TellHeld;
}

const Placed = Type.Object({ orderId: Uuid });

/** PostgreSQL's `object_not_in_prerequisite_state`: the region has no online store to take from. */
const NO_STORE = '55000';

/**
 * Makes an order of a cart, all in one transaction: the price of now, which has to be the expected one, tax and delivery, the reservation of everything or of nothing,
 * and the cart's end. Sent again with the same key it answers the same order. Throws AppError `not_found`, `state_conflict`, `invalid_request`, `reference_missing`, `foreign_home_region`, `price_changed`,
 * `out_of_stock`, `not_deliverable`, `amount_too_large`, `account_erased`, `too_many_requests`, `limit_reached`, and those of the key; nothing is left behind then.
 */
export async function checkOut(
  { db, region, figures }: Pick<OrderDeps, 'db' | 'region' | 'figures'>,
  buyer: Buyer,
  request: IdempotentRequest,
  body: Checkout,
  share: Share,
): Promise<string> {
  const { result, isReplayed } = await db
    .transaction()
    .execute((trx) => once(trx, request, Placed, async () => ({ orderId: await placeOrder(trx, region, buyer, body, share) })))
    .catch((error: unknown) => {
      if (error instanceof StockOut) figures?.stockOut();
      throw error;
    });
  if (!isReplayed) figures?.placed();
  return result.orderId;
}

async function placeOrder(trx: Trx, region: Region, buyer: Buyer, body: Checkout, { holder, tell }: Share): Promise<string> {
  const { owner } = buyer;
  if (owner.accountId !== null) await requireNotErased(trx, owner.accountId);
  const cart = await lockCart(trx, body.cartId, owner);
  if (cart === undefined) throw new AppError('not_found');
  if (cart.state !== 'open') throw new AppError('state_conflict', { detail: 'The cart has become an order.' });
  const wanted = await selectLines(trx, cart.id);
  if (wanted.length === 0) throw new AppError('state_conflict', { detail: 'The cart is empty.' });

  const storeId = body.storeId ?? null;
  await requireStore(trx, storeId);
  const shipTo = await addressOf(trx, owner, body);
  const { currency } = cart;
  const bought = withQuotes(
    wanted,
    await quoteProducts(
      trx,
      wanted.map(({ productId }) => productId),
      currency,
    ),
  );
  const pricing = priceOf(bought, { region, country: shipTo.country, currency });
  if (typeof pricing === 'string') throw new AppError(pricing);
  const total = { amountMinor: pricing.totals.totalMinor, currency };
  if (total.amountMinor !== body.expectedTotal.amountMinor || currency !== body.expectedTotal.currency) {
    throw new AppError('price_changed', { total });
  }

  const units = sumOf(bought.map(({ quantity }) => quantity));
  if (holder !== undefined) await requireShare(trx, holder, units, tell);
  const id = randomUUIDv7();
  const token = guestTokenOf(buyer, id);
  const expiresAt = await insertOrder(trx, {
    id,
    number: orderNumberOf(region, await nextSerial(trx)),
    accountId: owner.accountId,
    tokenHash: token === undefined ? null : hashOfToken(token),
    cartId: cart.id,
    storeId,
    currency,
    shipTo,
    pricing,
    holder: holder?.digest ?? null,
    units,
  });
  const lines = bought.flatMap((one, at): NewLine[] => {
    const taxed = pricing.lines[at];
    return taxed === undefined ? [] : [{ ...one, ...taxed }];
  });
  await insertOrderLines(trx, id, lines);
  await insertEvents(trx, id, [
    { machine: 'order', event: 'place', from: null, to: 'pending', actor: token === undefined ? 'customer' : 'guest' },
  ]);
  await emitEvent(trx, 'madeinworld.order.placed.v1', id);
  await markCheckedOut(trx, cart.id, id);
  await reserveAll(trx, id, storeId, lines, expiresAt);
  return id;
}

/** The address that is written down here, or the account's own as it is now. Throws AppError `invalid_request` or `reference_missing`. */
async function addressOf(trx: Trx, { accountId }: Owner, { shipTo, addressId }: Checkout): Promise<ShippingAddress> {
  if (shipTo !== undefined && addressId === undefined) return shipTo;
  if (shipTo !== undefined || addressId === undefined) {
    throw new AppError('invalid_request', { errors: [{ field: 'shipTo', message: 'or addressId is needed, and not both' }] });
  }
  const address = accountId === null ? undefined : await findAddress(trx, accountId, addressId);
  if (address === undefined)
    throw new AppError('reference_missing', { errors: [{ field: 'addressId', message: 'is no address of yours' }] });
  return address;
}

async function reserveAll(trx: Trx, id: string, storeId: string | null, lines: readonly NewLine[], expiresAt: string): Promise<void> {
  const short = await reserve(trx, id, storeId, lines, expiresAt).catch((error: unknown) => {
    if (codeOf(error) !== NO_STORE) throw error;
    throw new AppError('unavailable', { headers: { 'retry-after': '60' }, cause: error });
  });
  if (short.length > 0) throw new StockOut(short);
}
