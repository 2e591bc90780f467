import { randomUUID } from 'node:crypto';

import type { Region } from '#contracts/regions.ts';
import type { App } from '#platform/app.ts';
import type { Role } from '#platform/access.ts';
import type { Database } from '#platform/db.ts';
import { systemClock } from '#platform/clock.ts';
import type { Logger } from '#platform/log.ts';

import { callerFor, collectFaults, type Call } from '../../testing/http.ts';
import { openRegionDatabase, silentLog, type RegionDatabase } from '../../testing/region-database.ts';
import { makeTokens, type TestTokens } from '../../testing/tokens.ts';
import { buildUserApp } from '../app.ts';
import { holders, type Holder } from '../personal-data/holders.ts';

export { bodyOf } from '../../testing/http.ts';

type NoTables = Record<string, never>;

/** The user service of one region on a database of the test's own, with tokens signed by keys of the test's own. */
export interface Scene {
  readonly app: App;
  readonly region: RegionDatabase;
  readonly database: Database<NoTables>;
  readonly tokens: TestTokens;
  /** How often a write was published. */
  readonly published: () => number;
  readonly call: Call;
  /** Throws where an answer was not as declared. */
  close(): Promise<void>;
}

/** Somebody whom no other test knows. */
export const somebody = (role: Role = 'customer') => ({ role, accountId: randomUUID() });

export async function openScene(
  options: { region?: Region; log?: Logger; holders?: readonly Holder[]; nudge?: () => void } = {},
): Promise<Scene> {
  const { region: name = 'world', log = silentLog } = options;
  const region = await openRegionDatabase(name);
  const database = await region.open<NoTables>('users');
  const tokens = await makeTokens(name);
  const faults = collectFaults();
  let published = 0;
  const app = buildUserApp({
    region: name,
    db: database.db,
    access: tokens.access,
    clock: systemClock,
    holders: options.holders ?? holders,
    publisher: {
      async afterCommit() {
        published += 1;
      },
    },
    ...(options.nudge === undefined ? {} : { nudge: options.nudge }),
    log,
    readiness: { draining: false, checks: { postgres: database.ping } },
    report: faults.report,
  });
  return {
    app,
    region,
    database,
    tokens,
    published: () => published,
    call: callerFor(app, tokens),
    async close() {
      await app.close();
      await region.close();
      faults.assertNone();
    },
  };
}
