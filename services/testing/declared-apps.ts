import { buildAuthApp } from '#auth/app.ts';
import { buildCatalogApp } from '#catalog/app.ts';
import { buildInventoryApp } from '#inventory/app.ts';
import { buildNotificationApp } from '#notification/app.ts';
import { buildOrderApp } from '#order/app.ts';
import type { App } from '#platform/app.ts';
import { buildUserApp } from '#user/app.ts';

import { silentLog } from './region-database.ts';
import { makeTokens, type TestTokens } from './tokens.ts';

/** The six services, built as far as their declarations go: they answer no request that needs a database. */
export async function buildDeclaredApps(tokens?: TestTokens): Promise<Readonly<Record<string, App>>> {
  const { access } = tokens ?? (await makeTokens('world'));
  const secret = async (): Promise<string> => 'a secret that nobody signs with';
  const deps = {
    region: 'world',
    secrets: { webhookSecret: secret },
    callbackSecret: secret,
    access,
    log: silentLog,
    readiness: { draining: false, checks: {} },
  } as never;
  return {
    auth: await buildAuthApp(deps),
    catalog: buildCatalogApp(deps),
    inventory: buildInventoryApp(deps),
    notification: buildNotificationApp(deps),
    order: buildOrderApp(deps),
    user: buildUserApp(deps),
  };
}
