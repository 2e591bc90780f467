import type { Region } from '#contracts/regions.ts';
import { systemClock } from '#platform/clock.ts';
import { readConfig } from '#platform/config.ts';
import { openDatabase, type Database } from '#platform/db.ts';
import { createLogger } from '#platform/log.ts';
import { PlatformConfig } from '#platform/platform.ts';
import { cacheSecrets } from '#platform/secrets/cache.ts';
import { createTestDatabase, testPasswords, type DatabaseUrls } from '#sim/checks/pg-database.ts';

import { migrateAll } from '../migrate.ts';

export const silentLog = createLogger({ level: 'silent', region: 'test' });

const passwords: Readonly<Record<string, string>> = testPasswords;

/** The logins of the test server's roles, as the secret store would hand them out. */
export const testSecrets = cacheSecrets({
  get: async (name) => {
    const username = name.replace('madeinworld/database/', '');
    return JSON.stringify({ username, password: passwords[username] });
  },
  close: () => undefined,
});

function withoutLogin(url: string): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href;
}

function openAs<Tables>(urls: DatabaseUrls, service: string): Promise<Database<Tables>> {
  return openDatabase<Tables>({ url: withoutLogin(urls.url), service, secrets: testSecrets, log: silentLog, maxConnections: 8 });
}

/** Brings a database up to date, as a process does that starts. */
export async function migrateRegion(urls: DatabaseUrls, region: Region): Promise<void> {
  await migrateAll({
    config: readConfig(PlatformConfig, { REGION: region, LOG_LEVEL: 'silent', DATABASE_URL: withoutLogin(urls.url) }),
    env: {},
    log: silentLog,
    clock: systemClock,
    secrets: testSecrets,
    queue: () => Promise.reject(new Error('migrations need no queue')),
    database: (service) => openAs(urls, service),
    http: () => Promise.reject(new Error('migrations serve nobody')),
    close: async () => undefined,
  });
}

export interface RegionDatabase {
  /** A pool of the role of `service`, as the platform opens it. */
  open<Tables>(service: string): Promise<Database<Tables>>;
  /** For looking behind the curtain, past the services' rights. */
  readonly urls: DatabaseUrls;
  close(): Promise<void>;
}

/** A database of the test's own with everything that the migrations of all services make; cloned from a template that the first caller builds. */
export async function openRegionDatabase(region: Region = 'world'): Promise<RegionDatabase> {
  const database = await createTestDatabase({ template: { name: `region_${region}`, build: (urls) => migrateRegion(urls, region) } });
  const closers: (() => Promise<void>)[] = [];
  return {
    urls: database,
    async open<Tables>(service: string) {
      const pool = await openAs<Tables>(database, service);
      closers.push(pool.close);
      return pool;
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
      await database.drop();
    },
  };
}
