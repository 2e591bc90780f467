import { Type } from 'typebox';

import { Reservation } from '#contracts/inventory.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { AppError } from '#platform/errors.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, stockReaders } from '../deps.ts';
import { ids, reservationExample } from '../examples.ts';
import { findReservation } from './reservations.repository.ts';

/** Reservations are made by orders, in the database: here they can be seen. */
export function registerReservations(app: App, { db }: InventoryDeps): void {
  const get = operation({
    id: 'getReservation',
    summary: 'What is reserved for an order, and what became of it',
    access: { roles: stockReaders },
    request: { params: Type.Object({ orderId: Uuid }) },
    answers: { 200: Reservation },
    errors: ['not_found'],
    example: { params: { orderId: ids.orderId }, answer: reservationExample },
  });
  app.get('/v1/reservations/:orderId', get, async (request) => {
    const reservation = await findReservation(db, request.params.orderId);
    if (reservation === undefined) throw new AppError('not_found');
    return reservation;
  });
}
