import { refuseUnusable, unusableOf } from '../catalog.repository.ts';
import type { InventoryDb } from '../deps.ts';
import { chooseOnlineStore } from './settings.repository.ts';

/**
 * Makes `storeId` the region's online store; none where it is null. Throws AppError `reference_missing` where there is no such store, and `foreign_home_region` where it is
 * the other region's.
 */
export async function chooseStore(db: InventoryDb, storeId: string | null): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (storeId !== null) refuseUnusable(await unusableOf(trx, [storeId], []), { field: 'onlineStoreId', storeId });
    await chooseOnlineStore(trx, storeId);
  });
}
