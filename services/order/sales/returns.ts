import type { Region } from '#contracts/regions.ts';
import type { RecordedReturns, ReturnsRecording } from '#contracts/sale.ts';
import { AppError } from '#platform/errors.ts';

import { writeCreditNote } from '../credit-notes/service.ts';
import type { OrderDeps, Trx } from '../deps.ts';
import { lockOrder } from '../orders/orders.repository.ts';
import { settleRefund } from '../refunds/send.ts';
import { takeReturn } from '../returns/service.ts';
import type { Actor } from '../states/advance.ts';
import { faultOf, isBeforeSale } from './instants.ts';
import { findSale } from './sales.repository.ts';

type SaleReturn = ReturnsRecording['returns'][number];

/**
 * Records what came back of recorded sales, in the order of the request, each in a transaction of its own, since a sale and its stock are locked for it: goods into
 * stock, money given back where it was taken. Nobody is told. What is recorded already is no change; where one is refused, those before it stay, so that the same
 * request can be sent again. Throws AppError `invalid_request`, `reference_missing`, `state_conflict`.
 */
export async function recordReturns(
  { db, region }: Pick<OrderDeps, 'db' | 'region'>,
  body: ReturnsRecording,
  actor: Actor,
): Promise<RecordedReturns> {
  const nowMs = Date.now();
  const faults = new Set(body.returns.flatMap(({ returnedAt }) => (returnedAt === undefined ? [] : (faultOf(returnedAt, nowMs) ?? []))));
  if (faults.size > 0) throw refusal([...faults]);
  const returns: RecordedReturns['returns'] = [];
  for (const one of body.returns) {
    const isNew = await db.transaction().execute((trx) => recordReturn(trx, region, one, actor));
    returns.push({ reference: one.reference, sale: one.sale, isNew });
  }
  return { returns };
}

const refusal = (messages: readonly string[]): AppError =>
  new AppError('invalid_request', { errors: messages.map((message) => ({ field: 'returnedAt', message })) });

async function recordReturn(trx: Trx, region: Region, { sale, ...back }: SaleReturn, actor: Actor): Promise<boolean> {
  const sold = await findSale(trx, sale);
  const order = sold && (await lockOrder(trx, sold.orderId, 'staff'));
  if (sold === undefined || order === undefined)
    throw new AppError('reference_missing', { errors: [{ field: 'sale', message: `${sale} was not recorded` }] });
  const { refundId, credited } = await takeReturn(trx, order, back, actor, 'untold');
  if (credited === undefined) return false;
  if (back.returnedAt !== undefined && isBeforeSale(back.returnedAt, sold.soldAt)) throw refusal(['is before the sale']);
  if (refundId !== null) await settleRefund(trx, refundId, 'done', 'untold');
  await writeCreditNote(trx, region, credited);
  return true;
}
