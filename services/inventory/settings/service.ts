import { missingOf, refuseMissing } from '../catalog.repository.ts';
import type { InventoryDb } from '../deps.ts';
import { chooseOnlineStore } from './settings.repository.ts';

/** Makes `storeId` the region's online store; none where it is null. Throws AppError `reference_missing` where there is no such store. */
export async function chooseStore(db: InventoryDb, storeId: string | null): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (storeId !== null) {
      const missing = await missingOf(trx, [storeId], []);
      refuseMissing([{ field: 'onlineStoreId', isMissing: missing.stores.has(storeId) }]);
    }
    await chooseOnlineStore(trx, storeId);
  });
}
