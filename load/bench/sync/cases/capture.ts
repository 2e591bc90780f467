import { compared, quantile, type BenchCase, type CaseContext, type Figure } from '../case.ts';
import { REFERENCE, SYNCED } from '../rows.ts';

const A_STATEMENT = 100;
const STATEMENTS = 200;
/** What else the machine does only ever adds to a statement's time: the first fifth was disturbed least. */
const UNDISTURBED = 0.2;
/** Rows that are inserted are numbered from here on: no case fills so many. */
const FIRST_NEW = 50_000_001;
const COLUMNS = 'id, sku, name, description, category_id, price_minor, currency, priced_at, cost_minor';

const timer = (name: string, statement: (table: string) => string): string => `
  -- Runs the statement on both tables in turn, the first one first every other time; answers microseconds.
  CREATE OR REPLACE FUNCTION bench.${name}(first int, statements int, a_statement int) RETURNS TABLE (plain float8, synced float8) LANGUAGE plpgsql AS $$
  DECLARE
    started timestamptz; middle timestamptz; ended timestamptz; start int := first;
  BEGIN
    FOR turn IN 1..statements LOOP
      started := clock_timestamp();
      IF turn % 2 = 0 THEN ${statement(REFERENCE)}; ELSE ${statement(SYNCED)}; END IF;
      middle := clock_timestamp();
      IF turn % 2 = 0 THEN ${statement(SYNCED)}; ELSE ${statement(REFERENCE)}; END IF;
      ended := clock_timestamp();
      plain := extract(epoch FROM CASE WHEN turn % 2 = 0 THEN middle - started ELSE ended - middle END) * 1e6;
      synced := extract(epoch FROM CASE WHEN turn % 2 = 0 THEN ended - middle ELSE middle - started END) * 1e6;
      start := start + a_statement;
      RETURN NEXT;
    END LOOP;
  END $$`;

const timers = [
  timer(
    'time_inserts',
    (table) => `INSERT INTO ${table} (${COLUMNS}) SELECT ${COLUMNS} FROM bench.source s WHERE s.n >= start AND s.n < start + a_statement`,
  ),
  timer(
    'time_updates',
    (table) => `UPDATE ${table} t SET price_minor = t.price_minor + 1, priced_at = t.priced_at + interval '1 second'
      FROM bench.ordered k WHERE k.n >= start AND k.n < start + a_statement AND t.id = k.id`,
  ),
];

/** What makes writing to the product's table dearer than to one with a key alone: taken away for the strict figures, within the transaction. */
const strip = (table: string): string => {
  const [schema = ''] = table.split('.');
  return `ALTER TABLE ${table} DROP CONSTRAINT product_category_id_fkey;
    DROP INDEX ${schema}.product_category, ${schema}.product_name;
    ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS product_sku_key; DROP INDEX IF EXISTS ${schema}.product_sku_key`;
};

type Kind = 'INSERT' | 'UPDATE';

/** Times statements on both tables in a transaction that is rolled back. */
async function time({ rig }: CaseContext, kind: Kind, bare: boolean): Promise<{ ours: number; reference: number }> {
  const { pool } = rig.world;
  await pool.query(`VACUUM ${SYNCED}, ${REFERENCE}, sync.outbox`);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    if (bare) await client.query(`${strip(SYNCED)}; ${strip(REFERENCE)}`);
    const [name, first] = kind === 'INSERT' ? ['time_inserts', FIRST_NEW] : ['time_updates', 1];
    const { rows } = await client.query<{ plain: number; synced: number }>(`SELECT plain, synced FROM bench.${name}($1, $2, $3)`, [
      first,
      STATEMENTS,
      A_STATEMENT,
    ]);
    const typical = (values: readonly number[]): number => quantile(values, UNDISTURBED) / A_STATEMENT;
    return { ours: typical(rows.map(({ synced }) => synced)), reference: typical(rows.map(({ plain }) => plain)) };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** What a writer pays for being captured: the same statements on a table that is synced and on one that is not. */
export const capture: BenchCase = {
  name: 'capture',
  what: `cost of capture on the writer, ${A_STATEMENT} rows a statement`,
  async run(context) {
    const { rig, rows, repeat, progress } = context;
    await rows.fill(STATEMENTS * A_STATEMENT);
    await rig.world.pool.query(`${timers.join(';')};
      CREATE TABLE IF NOT EXISTS bench.source AS SELECT * FROM bench.product(${FIRST_NEW}, ${FIRST_NEW + STATEMENTS * A_STATEMENT - 1});
      CREATE INDEX IF NOT EXISTS source_n ON bench.source (n)`);
    await rig.world.pool.query('VACUUM (ANALYZE) bench.source');
    const figures: Figure[] = [];
    for (const bare of [true, false]) {
      for (const kind of ['INSERT', 'UPDATE'] as const) {
        progress(`${kind}${bare ? ', a primary key alone' : ''}`);
        const pairs = [];
        for (let n = 0; n < repeat; n += 1) pairs.push(await time(context, kind, bare));
        const what = `${kind}, ${A_STATEMENT} rows a statement, ${bare ? 'a primary key alone' : "the product's indexes"}`;
        figures.push(
          compared({ case: 'capture', what, unit: 'us/row', beside: 'not synced', target: { of: 'ratio', atMost: 1.5 } }, pairs),
        );
      }
    }
    return figures;
  },
};
