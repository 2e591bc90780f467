import { randomUUIDv7 } from 'node:crypto';

import { Type } from 'typebox';

import type { ReturnCreation, ReturnedUnits } from '#contracts/order.ts';
import { orNull, Uuid } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import type { IdempotentRequest } from '#platform/idempotency/request.ts';

import { creditedUnits, creditFor, uncredited, writeCreditNote } from '../credit-notes/service.ts';
import type { OrderDeps, Trx } from '../deps.ts';
import { pickLines } from '../fulfilment/pick.ts';
import { once } from '../once.ts';
import { lockOrder, selectOrderLines, type OrderLineRow, type OrderRow } from '../orders/orders.repository.ts';
import { findOwnPayment } from '../payments/payments.repository.ts';
import { requestRefund, sendRefunds } from '../refunds/send.ts';
import type { Credit } from '../rules/credit.ts';
import { sumOf } from '../rules/money.ts';
import { refundOf } from '../rules/pricing.ts';
import { advance, refusalOf, type Actor, type Telling } from '../states/advance.ts';
import { returnStoreOf, takeBack } from '../stock.repository.ts';
import { requireStore } from '../store.repository.ts';
import { addReturned, findReturnBy, insertReturn, readClock, type NewReturnLine } from './returns.repository.ts';

const Taken = Type.Object({ refundId: orNull(Uuid) });

/**
 * Records what has come back of a delivered order, puts into stock what can be sold again, and pays back its share; with the last unit the delivery too. Sent again
 * with the same key, or with a reference that was taken back already, it is done once. Throws AppError `not_found`, `state_conflict`, `reference_missing`,
 * `foreign_home_region`.
 */
export async function returnGoods(
  deps: Pick<OrderDeps, 'db' | 'region' | 'provider' | 'log'>,
  orderId: string,
  request: IdempotentRequest,
  body: ReturnCreation,
  actor: Actor,
): Promise<void> {
  const refundId = await deps.db.transaction().execute(async (trx) => {
    const order = await lockOrder(trx, orderId, 'staff');
    if (order === undefined) throw new AppError('not_found');
    const { result } = await once(trx, request, Taken, async () => {
      const { refundId, credited } = await takeReturn(trx, order, body, actor);
      if (credited !== undefined) await writeCreditNote(trx, deps.region, credited);
      return { refundId };
    });
    return result.refundId;
  });
  if (refundId !== null) await sendRefunds(deps, [refundId]);
}

/** `credited` is what the credit note is of, which the caller writes last; undefined where it was taken back before. */
interface TakenBack {
  readonly refundId: string | null;
  readonly credited?: { readonly orderId: string; readonly returnId: string; readonly credit: Credit };
}

/**
 * Takes back what `body` names of a locked order, or finds that it was taken back under this reference before. The refund is written down, to be sent. Throws AppError
 * `already_exists` where that was something else, `state_conflict`, `reference_missing`, `foreign_home_region`.
 */
export async function takeReturn(
  trx: Trx,
  order: OrderRow,
  body: ReturnCreation & { readonly returnedAt?: string },
  actor: Actor,
  telling: Telling = 'told',
): Promise<TakenBack> {
  const before = body.reference === undefined ? undefined : await findReturnBy(trx, order.id, body.reference);
  if (before !== undefined) {
    if (unitsIn(before.lines) === unitsIn(body.lines)) return { refundId: before.refundId };
    throw new AppError('already_exists', { detail: `Something else was taken back as ${body.reference}.` });
  }
  const storeId = body.storeId ?? null;
  await requireStore(trx, storeId);
  const all = await selectOrderLines(trx, order.id);
  const payment = await findOwnPayment(trx, order.id);
  if (payment === undefined) throw refusalOf(order, 'payment');
  // What is wrong with the whole is told before it is taken apart.
  const whole = pickLines(all, body.lines, uncredited, 'come back');
  const isRest = sumOf(whole.map(({ quantity }) => quantity)) === sumOf(all.map(uncredited));
  const acceptedAt = await readClock(trx);
  await advance(trx, order, { fulfilment: isRest ? 'return_rest' : 'return_part' }, actor, telling);

  const resellable = pickLines(
    all,
    body.lines.filter((line) => line.resellable),
    (line) => line.quantity,
    'come back',
  );
  const lines = whole.flatMap(({ line, quantity }) => {
    const sold = resellable.find((one) => one.line === line)?.quantity ?? 0;
    return sharesOf(all, line, [
      { quantity: sold, resellable: true },
      { quantity: quantity - sold, resellable: false },
    ]);
  });
  const credit = creditFor(order, all, whole);
  const amountMinor = credit.totals.totalMinor;
  const refundId = (await requestRefund(trx, payment, amountMinor, 'returned')) ?? null;
  await addReturned(trx, order.id, whole);
  const returnId = randomUUIDv7();
  await insertReturn(
    trx,
    {
      id: returnId,
      orderId: order.id,
      refundId,
      storeId,
      reference: body.reference ?? null,
      returnedAt: body.returnedAt ?? null,
      acceptedAt,
    },
    lines,
    amountMinor,
  );
  if (resellable.length > 0) {
    const units = sumOf(resellable.map(({ quantity }) => quantity));
    const back = await takeBack(trx, order.id, storeId ?? (await returnStoreOf(trx, order.id)), resellable);
    if (back !== units) throw new Error(`of ${units} units that order ${order.id} returns, inventory takes ${back}`);
  }
  return { refundId, credited: { orderId: order.id, returnId, credit } };
}

/** How many units of what came back, in a form that compares: lines of one product add up. Pure. */
function unitsIn(lines: readonly ReturnedUnits[]): string {
  const sums = new Map<string, number>();
  for (const { productId, resellable, quantity } of lines) {
    const what = `${productId} ${resellable}`;
    sums.set(what, (sums.get(what) ?? 0) + quantity);
  }
  return JSON.stringify([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is paid back for units of a line that go different ways. Pure. */
function sharesOf(
  all: readonly OrderLineRow[],
  number: number,
  parts: readonly { readonly quantity: number; readonly resellable: boolean }[],
): NewReturnLine[] {
  const line = all.find((one) => one.line === number);
  if (line === undefined) return [];
  let before = creditedUnits(line);
  return parts
    .filter(({ quantity }) => quantity > 0)
    .map(({ quantity, resellable }) => {
      const amountMinor = refundOf({ totalMinor: Number(line.total_minor), quantity: line.quantity }, before, quantity);
      before += quantity;
      return { line: number, quantity, resellable, amountMinor };
    });
}
