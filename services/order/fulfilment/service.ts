import { randomUUIDv7 } from 'node:crypto';

import { Type } from 'typebox';

import type { ShipmentCreation } from '#contracts/order.ts';
import { Uuid } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import type { IdempotentRequest } from '#platform/idempotency/request.ts';

import type { OrderDb, Trx } from '../deps.ts';
import { once } from '../once.ts';
import { lockOrder, selectOrderLines, type OrderLineRow, type OrderRow } from '../orders/orders.repository.ts';
import { advance, type Actor } from '../states/advance.ts';
import { touchOrder } from '../states/states.repository.ts';
import { ship } from '../stock.repository.ts';
import { addShipped, insertShipment, markDelivered, selectShipments } from './fulfilment.repository.ts';
import { pickLines } from './pick.ts';

const Made = Type.Object({ shipmentId: Uuid });

/** Ships some or all of what is allocated. Sent again with the same key, nothing more is shipped. Throws AppError `not_found`, `state_conflict`, `reference_missing`. */
export async function shipOrder(
  db: OrderDb,
  orderId: string,
  request: IdempotentRequest,
  body: ShipmentCreation,
  actor: Actor,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const order = await lockOrder(trx, orderId, 'staff');
    if (order === undefined) throw new AppError('not_found');
    await once(trx, request, Made, async () => ({ shipmentId: await makeShipment(trx, order, body, actor) }));
  });
}

async function makeShipment(trx: Trx, order: OrderRow, body: ShipmentCreation, actor: Actor): Promise<string> {
  const all = await selectOrderLines(trx, order.id);
  const picked = pickLines(all, body.lines, (line) => line.quantity - line.shipped - line.short_closed, 'be shipped');
  const units = sumOfUnits(picked);
  const isRest = units === sumOfUnits(all.map((line) => ({ quantity: line.quantity - line.shipped })));
  const id = randomUUIDv7();
  // Before its event: whoever tells of it finds it as the newest that was shipped by then.
  await insertShipment(trx, { id, orderId: order.id, carrier: body.carrier ?? null, trackingCode: body.trackingCode ?? null }, picked);
  await advance(trx, order, { fulfilment: isRest ? 'ship_rest' : 'ship_part' }, actor);
  await addShipped(trx, order.id, picked);
  const left = await ship(trx, order.id, picked);
  if (left !== units) throw new Error(`of ${units} units that order ${order.id} ships, inventory has ${left}`);
  return id;
}

const sumOfUnits = (lines: readonly Pick<OrderLineRow, 'quantity'>[]): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/**
 * Records that a shipment has arrived; one that has arrived already is no change. With the last of them the order is completed. Throws AppError `not_found`.
 */
export async function deliverShipment(db: OrderDb, orderId: string, shipmentId: string, actor: Actor): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const order = await lockOrder(trx, orderId, 'staff');
    const shipments = await selectShipments(trx, orderId);
    if (order === undefined || !shipments.some(({ id }) => id === shipmentId)) throw new AppError('not_found');
    if (!(await markDelivered(trx, shipmentId))) return;
    const isLast = shipments.every(({ id, deliveredAt }) => id === shipmentId || deliveredAt !== null);
    if (isLast && order.fulfilment_state === 'shipped') await advance(trx, order, { order: 'complete', fulfilment: 'deliver' }, actor);
    else await touchOrder(trx, order.id);
  });
}
