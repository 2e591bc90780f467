import { migrations as auth } from '#auth/migrations/index.ts';
import { migrations as catalog } from '#catalog/migrations/index.ts';
import { migrations as inventory } from '#inventory/migrations/index.ts';
import { migrations as notification } from '#notification/migrations/index.ts';
import { migrations as orders } from '#order/migrations/index.ts';
import { migrations as events } from '#platform/events/migrations/index.ts';
import { migrate, type MigrationSet } from '#platform/migrate.ts';
import type { Platform } from '#platform/platform.ts';
import { migrations as sync, setRegion } from '#sync/migrations/index.ts';
import { migrations as users } from '#user/migrations/index.ts';

/** In this order: what a table refers to is there before it. Sync's come first of all. */
export const domains: readonly MigrationSet[] = [events, auth, users, catalog, inventory, orders, notification];

/** Brings every schema of the region up to date, sync first: the others call what it installs. Idempotent. */
export async function migrateAll(platform: Platform): Promise<void> {
  const database = await platform.database<Record<string, never>>('migrator', { maxConnections: 2, statementTimeoutMs: 600_000 });
  try {
    await migrate(database.db, sync, platform.log);
    await setRegion(database.db, platform.config.REGION);
    for (const domain of domains) await migrate(database.db, domain, platform.log);
  } finally {
    await database.close();
  }
}
