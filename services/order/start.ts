import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { openPublisher } from '#platform/open-publisher.ts';

import { buildOrderApp } from './app.ts';
import { readOrderConfig } from './config.ts';
import { createOrderFigures } from './figures.ts';
import { createHttpProvider } from './payments/http-provider.ts';
import { ProviderSecret, providerSecretName } from './payments/wire.ts';
import { createSweeper } from './sweep/sweeper.ts';

/** Buyers wait for it, with the page in front of them. */
const PROVIDER_TIMEOUT_MS = 5_000;

/** Starts the order service and announces its address. */
export async function startOrder(platform: Platform): Promise<RunningService> {
  const config = readOrderConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const [database, publisher] = await Promise.all([
    platform.database<Record<string, never>>('orders'),
    // What is sold may change what the other region shows as available; what happens to orders is told in this one.
    openPublisher(platform, 'orders', ['pointers', 'events'], { maxConnections: 3 }),
  ]);
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const secret = (): Promise<ProviderSecret> => platform.secrets.json(providerSecretName, ProviderSecret);
  const provider = createHttpProvider({
    url: config.PAYMENT_URL,
    apiKey: async () => (await secret()).apiKey,
    timeoutMs: PROVIDER_TIMEOUT_MS,
    log: platform.log,
  });
  const http = await platform.http('order');
  const figures = createOrderFigures(http.telemetry.metrics);
  const shared = { region, db: database.db, publisher, provider, log: platform.log, figures };
  const sweeper = createSweeper(shared);
  const app = buildOrderApp({
    ...shared,
    http,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
    callbackSecret: async () => (await secret()).callbackSecret,
    nudge: sweeper.nudge,
    holds: {
      client: { orders: config.PENDING_ORDERS_PER_CLIENT, units: config.PENDING_UNITS_PER_CLIENT },
      account: { orders: config.PENDING_ORDERS_PER_ACCOUNT, units: config.PENDING_UNITS_PER_ACCOUNT },
    },
    readiness,
  });
  // What a process that died has left half-way.
  sweeper.nudge();
  const url = await listen(app, 'order', host, config.ORDER_PORT);
  return {
    name: 'order',
    url,
    readiness,
    async drain() {
      await app.close();
      await sweeper.drain();
      await publisher.drain();
      await database.close();
    },
  };
}
