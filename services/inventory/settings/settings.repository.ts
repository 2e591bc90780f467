import { sql } from 'kysely';

import type { InventorySettings } from '#contracts/inventory.ts';

import type { InventoryDb } from '../deps.ts';

export async function findSettings(db: InventoryDb): Promise<InventorySettings> {
  const { rows } = await sql<InventorySettings>`SELECT s.online_store_id AS "onlineStoreId" FROM inventory.setting s`.execute(db);
  return { onlineStoreId: rows[0]?.onlineStoreId ?? null };
}

/** Another online store: the region's availability becomes that store's. */
export async function chooseOnlineStore(db: InventoryDb, storeId: string | null): Promise<void> {
  await sql`SELECT inventory.choose_online_store(${storeId})`.execute(db);
}
