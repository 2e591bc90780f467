import type { Movement } from '#contracts/inventory.ts';
import type { Page } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import { isRealInstant } from '#platform/instant.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import type { InventoryDb } from '../deps.ts';
import { byId, type MovementFilter, movementKeyTypes, type MovementRow, selectMovements } from './movements.repository.ts';

type ListQuery = MovementFilter & { readonly sort?: string; readonly cursor?: string; readonly limit?: number };

/** A page of the ledger, the latest first unless `sort` is `at`. Throws AppError `invalid_request` for a day that no calendar has. */
export async function listMovements(db: InventoryDb, query: ListQuery): Promise<Page<Movement>> {
  for (const field of ['from', 'until'] as const) {
    const instant = query[field];
    if (instant !== undefined && !isRealInstant(instant))
      throw new AppError('invalid_request', { errors: [{ field, message: 'is no day of the calendar' }] });
  }
  const order = orderOf(query, '-at', () => byId.type, movementKeyTypes);
  return pageFrom(await selectMovements(db, query, order), order, movementOf);
}

function movementOf(row: MovementRow): Movement {
  const { id, at, kind, reference, actor } = row;
  return {
    id,
    at,
    storeId: row.store_id,
    productId: row.product_id,
    kind,
    onHand: row.delta_on_hand,
    reserved: row.delta_reserved,
    reference,
    actor,
  };
}
