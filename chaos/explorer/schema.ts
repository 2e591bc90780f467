import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';

import type { Region } from '#contracts/regions.ts';
import { createPolicies, crossingColumns, policiesOf } from '#contracts/sync-policy.ts';
import { createLogger } from '#platform/log.ts';
import { migrate } from '#platform/migrate.ts';
import { makeSynced } from '#platform/synced-table.ts';
import { migrations, setRegion } from '#sync/migrations/index.ts';

export const log = createLogger({ level: 'silent', region: 'explorer' });
/** Of the catalogue: what refers to nothing, to itself, and to another. */
const explored = ['catalog.category', 'catalog.product', 'catalog.store'];
export const policies = createPolicies(policiesOf('catalog').filter(({ entity }) => explored.includes(entity)));

const tables = `
  CREATE SCHEMA catalog;
  CREATE TABLE catalog.category (id uuid PRIMARY KEY, slug text COLLATE "C" NOT NULL UNIQUE, name text NOT NULL,
    parent_id uuid REFERENCES catalog.category ON DELETE RESTRICT CHECK (parent_id <> id));
  CREATE INDEX ON catalog.category (parent_id);
  CREATE TABLE catalog.product (id uuid PRIMARY KEY, sku text COLLATE "C" NOT NULL UNIQUE, name text NOT NULL, description text,
    category_id uuid REFERENCES catalog.category ON DELETE RESTRICT, price_minor int8 NOT NULL CHECK (price_minor >= 0),
    currency text COLLATE "C" NOT NULL DEFAULT 'GBP', priced_at timestamptz NOT NULL DEFAULT '2020-01-01Z', cost_minor int8,
    initial_state text NOT NULL DEFAULT 'published');
  CREATE INDEX ON catalog.product (category_id);
  CREATE TABLE catalog.store (id uuid PRIMARY KEY, code text COLLATE "C" NOT NULL UNIQUE, name text NOT NULL, city text NOT NULL DEFAULT 'York',
    country text COLLATE "C" NOT NULL DEFAULT 'GB', latitude float8, longitude float8, opening_hours jsonb,
    region text COLLATE "C");
  GRANT USAGE ON SCHEMA catalog TO catalog;
  GRANT ALL ON ALL TABLES IN SCHEMA catalog TO catalog;
`;

/**
 * What the explorer puts into its databases: a clock that stands still until it is told to go, also backwards, in place of the engine's; a look
 * at rows and tombstones with their stamps; and a constraint that no applied change makes a pointer.
 */
function instruments(): string {
  const looks = policies.all.map(
    (policy) => `SELECT '${policy.entity}', t.${policy.key}::text, t.version, t.origin, t.vector::text,
      jsonb_build_array(${crossingColumns(policy)
        .map((column) => `t.${column}`)
        .join(', ')})::text,
      ARRAY[${Object.keys(policy.parents)
        .map((column) => `t.${column}::text`)
        .join(', ')}]::text[]
      FROM ${policy.entity} t WHERE t.${policy.key} = ANY (keys)
    UNION ALL
    SELECT '${policy.entity}', g.key, g.version, g.origin, g.vector::text, NULL, '{}'::text[]
      FROM sync.tombstone g WHERE g.entity = '${policy.entity}' AND g.key = ANY (keys::text[])`,
  );
  return `
  CREATE SCHEMA explorer;
  GRANT USAGE ON SCHEMA explorer TO PUBLIC;
  CREATE TABLE explorer.clock (now_ms int8 NOT NULL);
  INSERT INTO explorer.clock VALUES (0);
  GRANT SELECT ON explorer.clock TO PUBLIC;
  CREATE OR REPLACE FUNCTION sync.tick() RETURNS int8 LANGUAGE sql VOLATILE PARALLEL SAFE RETURN (SELECT now_ms << 16 FROM explorer.clock);
  CREATE FUNCTION explorer.held(keys uuid[]) RETURNS TABLE (entity text, key text, version int8, origin text, vector text, content text, parents text[])
  LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN RETURN QUERY ${looks.join(' UNION ALL ')}; END $$;
  ALTER TABLE sync.outbox ADD CONSTRAINT no_echo CHECK (current_setting('sync.applying', true) IS DISTINCT FROM 'on');`;
}

/** Fills an empty database with the product's engine and the synced tables, as the migrator. `pool` must be able to become the migrator. */
export async function buildProduct(pool: pg.Pool): Promise<void> {
  const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  await migrate(db, migrations, log);
  await setRegion(db, 'world');
  await sql.raw(tables).execute(db);
  for (const policy of policies.all) await makeSynced(db, policy);
}

/** As superuser: names the region, and installs what the explorer needs. */
export function finishing(region: Region): string {
  return `DELETE FROM sync.node; SELECT sync.set_node('${region}', 1); ${instruments()}`;
}
