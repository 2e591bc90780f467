import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

import { peerOf, type Region } from '#contracts/regions.ts';
import { policiesOf } from '#contracts/sync-policy.ts';
import { migrate } from '#platform/migrate.ts';
import { createLogger } from '#platform/log.ts';
import { makeSynced } from '#platform/synced-table.ts';
import { createTestDatabase, type TestDatabase } from '#sim/checks/pg-database.ts';

import { migrations, setRegion } from '../migrations/index.ts';

/** One region's database for tests of the engine: pools of the superuser, of the service that owns the tables, and of the sync role. */
export interface TestRegion {
  readonly region: Region;
  readonly database: TestDatabase;
  readonly owner: pg.Pool;
  readonly catalog: pg.Pool;
  readonly sync: pg.Pool;
  close(): Promise<void>;
}

/** Of the catalogue, the two entities that the engine's tests have. */
export const testedPolicies = policiesOf('catalog').filter(({ entity }) => ['catalog.category', 'catalog.product'].includes(entity));

const silent = createLogger({ level: 'silent', region: 'test' });

async function build(migratorUrl: string): Promise<void> {
  const db = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: migratorUrl, max: 1 }) }),
  });
  try {
    await migrate(db, migrations, silent);
    await setRegion(db, 'world');
    await sql
      .raw(`
      CREATE SCHEMA catalog;
      CREATE TABLE catalog.category (id uuid PRIMARY KEY, slug text NOT NULL, name text NOT NULL, parent_id uuid REFERENCES catalog.category);
      CREATE TABLE catalog.product (id uuid PRIMARY KEY, sku text COLLATE "C" NOT NULL UNIQUE, name text NOT NULL, description text,
        category_id uuid REFERENCES catalog.category, price_minor int8 NOT NULL CHECK (price_minor >= 0), currency text NOT NULL DEFAULT 'GBP',
        priced_at timestamptz NOT NULL DEFAULT '2020-01-01Z', cost_minor int8,
        initial_state text NOT NULL DEFAULT 'published');
      GRANT USAGE ON SCHEMA catalog TO catalog;
      GRANT ALL ON ALL TABLES IN SCHEMA catalog TO catalog;
    `)
      .execute(db);
    for (const policy of testedPolicies) await makeSynced(db, policy);
  } finally {
    await db.destroy();
  }
}

/** A fresh database of `region` with the engine and two synced tables, cloned from a template that the first caller builds. */
export async function openRegion(region: Region): Promise<TestRegion> {
  const database = await createTestDatabase({ template: { name: 'sync_engine', build: (urls) => build(urls.roles.migrator) } });
  const poolOf = (url: string): pg.Pool => new pg.Pool({ connectionString: url, max: 4, pipeline: true, options: '-c TimeZone=UTC' });
  const owner = poolOf(database.url);
  if (region !== 'world') {
    await owner.query('DELETE FROM sync.node');
    await owner.query('SELECT sync.set_node($1, 1)', [region]);
  }
  const catalog = poolOf(database.roles.catalog);
  const sync = poolOf(database.roles.sync);
  return {
    region,
    database,
    owner,
    catalog,
    sync,
    async close() {
      await Promise.all([owner.end(), catalog.end(), sync.end()]);
      await database.drop();
    },
  };
}

/** The items that the outbox of `from` points at, as the worker would read them; empties the outbox. */
export async function takeItems(from: Pick<TestRegion, 'sync'>): Promise<Map<string, string[]>> {
  const claimed = await from.sync.query<{ token: string; id: string; entity: string; pointers: string }>(
    'SELECT * FROM sync.outbox_claim(10000, 1000)',
  );
  const keys = new Map<string, Set<string>>();
  for (const row of claimed.rows) {
    const pointers: [string, string][] = JSON.parse(row.pointers);
    for (const [key] of pointers) keys.set(row.entity, (keys.get(row.entity) ?? new Set()).add(key));
  }
  const items = new Map<string, string[]>();
  for (const [entity, wanted] of keys) {
    const read = await from.sync.query<{ item: string }>(`SELECT item FROM sync.${entity.replace('.', '_')}_read($1)`, [[...wanted]]);
    items.set(
      entity,
      read.rows.map((row) => row.item),
    );
  }
  await from.sync.query('SELECT sync.outbox_settle($1, $2)', [claimed.rows[0]?.token, claimed.rows.map((row) => row.id)]);
  return items;
}

export interface Answer {
  readonly ordinal: number;
  readonly outcome: string;
  readonly reason: string | null;
}

/** Applies items of one entity as the ingest does. */
export async function applyItems(to: Pick<TestRegion, 'sync'>, entity: string, items: readonly string[]): Promise<Answer[]> {
  const { rows } = await to.sync.query<Answer>(`SELECT * FROM sync.${entity.replace('.', '_')}_apply($1) ORDER BY ordinal`, [
    `[${items.join(',')}]`,
  ]);
  return rows;
}

/** Sends everything that changed in `from` to `to`; answers by entity. */
export async function ship(from: Pick<TestRegion, 'sync'>, to: Pick<TestRegion, 'sync'>): Promise<Map<string, Answer[]>> {
  const answers = new Map<string, Answer[]>();
  for (const [entity, items] of [...(await takeItems(from))].sort(([a], [b]) => (a < b ? -1 : 1)))
    answers.set(entity, await applyItems(to, entity, items));
  return answers;
}

export async function openBoth(): Promise<{ world: TestRegion; china: TestRegion; close(): Promise<void> }> {
  const world = await openRegion('world');
  const china = await openRegion(peerOf('world'));
  return {
    world,
    china,
    async close() {
      await world.close();
      await china.close();
    },
  };
}
