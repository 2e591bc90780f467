import type { Region } from '#contracts/regions.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/db.ts';

import { callerFor, collectFaults, type Call } from '../../testing/http.ts';
import { openRegionDatabase, type RegionDatabase, silentLog } from '../../testing/region-database.ts';
import { makeTokens, type TestTokens } from '../../testing/tokens.ts';
import { buildCatalogApp } from '../app.ts';

export { bodyOf } from '../../testing/http.ts';

/** The catalogue service on a database of the test's own, with tokens signed by keys of the test's own. */
export interface Scene {
  readonly app: App;
  readonly region: RegionDatabase;
  readonly database: Database<Record<string, never>>;
  /** For looking at it as another role. */
  readonly urls: RegionDatabase['urls'];
  /** How often a write was published. */
  readonly published: () => number;
  readonly call: Call;
  readonly tokenOf: TestTokens['tokenOf'];
  /** Throws where an answer was not as declared. */
  close(): Promise<void>;
}

export async function openScene(name: Region = 'world'): Promise<Scene> {
  const region = await openRegionDatabase(name);
  const database = await region.open<Record<string, never>>('catalog');
  const tokens = await makeTokens(name);
  const faults = collectFaults();
  let published = 0;
  const app = buildCatalogApp({
    db: database.db,
    access: tokens.access,
    publisher: {
      async afterCommit() {
        published += 1;
      },
    },
    log: silentLog,
    readiness: { draining: false, checks: { postgres: database.ping } },
    report: faults.report,
  });
  return {
    app,
    region,
    database,
    urls: region.urls,
    published: () => published,
    call: callerFor(app, tokens),
    tokenOf: tokens.tokenOf,
    async close() {
      await app.close();
      await region.close();
      faults.assertNone();
    },
  };
}
