import { readNames, type ProductNames } from './names.ts';
import type { Rig } from './rig/rig.ts';
import type { Server } from './rig/server.ts';

/** The table that our sync keeps, and the one that logical replication keeps: the same columns, constraints and indexes but for the stamp. */
export const SYNCED = 'catalog.product';
export const REFERENCE = 'reference.product';

const COLUMNS = 'id, sku, name, description, category_id, price_minor, currency, priced_at, cost_minor';
const CATEGORIES = 24;
/** So many names of other products make a description of some 500 characters. */
const NAMES_A_DESCRIPTION = 17;

/** What the benchmark keeps beside the product's own schemas: names, the order of rows, and the statements that write. */
const scaffold = `
  CREATE SCHEMA bench;
  CREATE SCHEMA reference;
  CREATE TABLE bench.name (n int PRIMARY KEY, name text NOT NULL, price_minor int8 NOT NULL);
  CREATE TABLE bench.ordered (n int PRIMARY KEY, id uuid NOT NULL);
  -- Deterministic: the same n is the same row wherever it is made. Names and prices are those of the file; a description strings names together.
  CREATE FUNCTION bench.product(first int, last int)
  RETURNS TABLE (n int, id uuid, sku text, name text, description text, category_id uuid, price_minor int8, currency text, priced_at timestamptz, cost_minor int8)
  LANGUAGE sql STABLE AS $$
    WITH total AS (SELECT count(*)::int AS names FROM bench.name)
    SELECT i, md5('product ' || i)::uuid, (10000 + i)::text || chr(65 + i % 26), own.name || ' ' || i,
      (SELECT 'For use with ' || string_agg(initcap(other.name), ', ' ORDER BY j) || '.'
       FROM generate_series(1, ${NAMES_A_DESCRIPTION}) j, bench.name other WHERE other.n = (hashint8(i::int8 * 64 + j) & 2147483647) % total.names),
      md5('category ' || i % ${CATEGORIES})::uuid, own.price_minor + i % 97, 'GBP', timestamptz '2020-01-01Z' + i % 1000000 * interval '1 second', own.price_minor / 2
    FROM total, generate_series(first, last) i JOIN bench.name own ON true WHERE own.n = i % total.names
  $$;
  -- Changes rows first..last to the price of a round, in statements of so many rows, each committed alone.
  CREATE PROCEDURE bench.change(target regclass, first int, last int, a_statement int, round int) LANGUAGE plpgsql AS $$
  DECLARE
    start int := first;
  BEGIN
    WHILE start <= last LOOP
      EXECUTE format('UPDATE %s t SET price_minor = 100 + (k.n + $3 * 7) %% 9973, priced_at = timestamptz ''2021-01-01Z'' + $3 * interval ''1 hour''
        FROM bench.ordered k WHERE k.n BETWEEN $1 AND $2 AND t.id = k.id', target) USING start, least(start + a_statement - 1, last), round;
      COMMIT;
      start := start + a_statement;
    END LOOP;
  END $$;
  CREATE FUNCTION bench.changed_at(round int) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN timestamptz '2021-01-01 00:00:00+00' + round * interval '1 hour';`;

/** Indexes that would make filling slow are made when it is done. */
const SECONDARY = ['product_category', 'product_name'];

async function prepareNames(server: Server, { products }: ProductNames): Promise<void> {
  await server.pool.query(scaffold);
  await server.pool.query(
    'INSERT INTO bench.name SELECT n - 1, x.name, x.price FROM unnest($1::text[], $2::int8[]) WITH ORDINALITY AS x(name, price, n)',
    [products.map(({ name }) => name), products.map(({ priceMinor }) => priceMinor)],
  );
}

/** Runs `work` in a transaction in which no trigger fires: for putting the same rows, stamps and all, on both sides. */
async function asReplica(server: Server, statements: readonly string[]): Promise<void> {
  const client = await server.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    for (const statement of statements) await client.query(statement);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** Carries what `query` selects in the world into `table` of China, through a file that both servers can read. */
async function carry({ world, china }: Rig, query: string, table: string, name: string): Promise<void> {
  const { rows } = await world.pool.query<{ file: string }>(`SELECT current_setting('data_directory') || '/${name}.copy' AS file`);
  const file = rows[0]?.file ?? '';
  await world.pool.query(`COPY (${query}) TO '${file}' (FORMAT binary)`);
  await asReplica(china, [`COPY ${table} FROM '${file}' (FORMAT binary)`]);
}

async function makeReference(server: Server): Promise<void> {
  const { rows } = await server.pool.query<{ definition: string }>(
    `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = '${SYNCED}'::regclass`,
  );
  await server.pool.query(`
    CREATE TABLE ${REFERENCE} WITH (fillfactor = 85) AS SELECT ${COLUMNS} FROM ${SYNCED} WITH NO DATA;
    ALTER TABLE ${REFERENCE} ALTER id SET NOT NULL, ALTER sku SET NOT NULL, ALTER name SET NOT NULL, ALTER price_minor SET NOT NULL, ALTER currency SET NOT NULL,
      ALTER priced_at SET NOT NULL, ADD CHECK (price_minor >= 0), ADD CHECK (currency ~ '^[A-Z]{3}$'), ADD CHECK (cost_minor >= 0),
      ADD CONSTRAINT product_category_id_fkey FOREIGN KEY (category_id) REFERENCES catalog.category ON DELETE RESTRICT;
    ${rows.map(({ definition }) => definition.replace(` ON ${SYNCED} `, ` ON ${REFERENCE} `)).join(';\n')};
    ALTER TABLE ${REFERENCE} REPLICA IDENTITY USING INDEX product_pkey`);
}

/** The rows of a run. They are the same in both regions and in both tables, until a case changes them. */
export interface Rows {
  readonly source: ProductNames['source'];
  /** Makes sure that rows 1..count are there. */
  fill(count: number): Promise<void>;
  /** Names the next round of changes: no two have the same. */
  nextRound(): number;
  /** Bytes of a row of the synced table without its stamp, on average. */
  bytesARow(): Promise<number>;
}

export async function prepareRows(rig: Rig): Promise<Rows> {
  const { world, china } = rig;
  const names = await readNames();
  const servers = [world, china];
  await Promise.all(servers.map((server) => prepareNames(server, names)));
  await world.pool.query(
    `INSERT INTO catalog.category (id, slug, name) SELECT md5('category ' || i)::uuid, 'category-' || i, 'Category ' || i FROM generate_series(0, ${CATEGORIES - 1}) i`,
  );
  await world.pool.query('TRUNCATE sync.outbox');
  await carry(rig, 'SELECT * FROM catalog.category', 'catalog.category', 'category');
  await Promise.all(servers.map(makeReference));
  // What makes products findable is no part of syncing them, and the reference has none of it.
  await Promise.all(
    servers.map(({ pool }) => pool.query(`ALTER TABLE ${SYNCED} DISABLE TRIGGER index_new, DISABLE TRIGGER index_renamed`)),
  );
  const { rows: secondary } = await world.pool.query<{ name: string; definition: string }>(
    `SELECT c.oid::regclass::text AS name, pg_get_indexdef(c.oid) AS definition FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
     WHERE s.nspname IN ('catalog', 'reference') AND c.relname = ANY ($1)`,
    [SECONDARY],
  );
  let filled = 0;
  let round = 0;
  return {
    source: names.source,
    nextRound: () => (round += 1),
    async fill(count) {
      if (count <= filled) return;
      const [first, last] = [filled + 1, count];
      await Promise.all(servers.map((server) => server.pool.query(secondary.map(({ name }) => `DROP INDEX ${name}`).join(';'))));
      await world.pool.query(`INSERT INTO ${SYNCED} (${COLUMNS}) SELECT ${COLUMNS} FROM bench.product(${first}, ${last})`);
      await world.pool.query('TRUNCATE sync.outbox');
      const added = `SELECT t.* FROM ${SYNCED} t JOIN generate_series(${first}, ${last}) i ON t.id = md5('product ' || i)::uuid ORDER BY i`;
      await carry(rig, added, SYNCED, 'product');
      await Promise.all(
        servers.map(async ({ pool }) => {
          await pool.query(`INSERT INTO bench.ordered SELECT i, md5('product ' || i)::uuid FROM generate_series(${first}, ${last}) i`);
          await pool.query(
            `INSERT INTO ${REFERENCE} SELECT ${COLUMNS} FROM ${SYNCED} t JOIN bench.ordered k USING (id) WHERE k.n BETWEEN ${first} AND ${last} ORDER BY k.n`,
          );
          for (const { definition } of secondary) await pool.query(definition);
        }),
      );
      await settle(rig);
      filled = count;
    },
    async bytesARow() {
      const { rows } = await world.pool.query<{ bytes: string }>(
        `SELECT avg(pg_column_size(t))::int AS bytes FROM (SELECT * FROM ${REFERENCE} LIMIT 10000) t`,
      );
      return Number(rows[0]?.bytes);
    },
  };
}

/** Leaves nothing to do for a vacuum or a checkpoint while something is measured: autovacuum is off. */
export async function settle({ world, china }: Rig): Promise<void> {
  await Promise.all(
    [world, china].map(async ({ pool }) => {
      await pool.query(`VACUUM (ANALYZE) ${SYNCED}, ${REFERENCE}, sync.outbox, bench.ordered`);
      await pool.query('CHECKPOINT');
    }),
  );
}
