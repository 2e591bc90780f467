import pg from 'pg';

import type { Version } from './ledger.ts';

/** What the checkers compare: the columns that may cross, and the stamp. Written down here again on purpose: a checker must not trust the code it checks. */
const synced = [
  { entity: 'catalog.category', columns: ['slug', 'name', 'parent_id'] },
  {
    entity: 'catalog.product',
    columns: ['sku', 'name', 'description', 'category_id', 'price_minor', 'currency', 'priced_at', 'initial_state'],
  },
  { entity: 'catalog.publication', columns: ['product_id', 'state'] },
  { entity: 'catalog.translation', columns: ['product_id', 'language', 'name', 'description'] },
  { entity: 'catalog.price', columns: ['product_id', 'region', 'currency', 'amount_minor', 'valid_from', 'valid_to'] },
  { entity: 'catalog.variant', columns: ['product_id', 'parent_id', 'options'] },
  { entity: 'catalog.medium', columns: ['product_id', 'url', 'kind', 'alt_en', 'alt_zh', 'position'] },
  { entity: 'catalog.store', columns: ['code', 'name', 'city', 'country', 'latitude', 'longitude', 'opening_hours', 'region'] },
  { entity: 'inventory.availability', columns: ['region', 'product_id', 'level'] },
  { entity: 'users.link', columns: ['home_region', 'state', 'code_hash', 'code_expires_at'] },
  { entity: 'users.copy_request', columns: ['person_id', 'region', 'asked_at'] },
];

/** What one region's database holds, as canonical text by key. */
export interface Contents {
  readonly rows: ReadonlyMap<string, string>;
  readonly live: readonly Version[];
  readonly losers: readonly Version[];
  /** What should be empty when nothing is under way. */
  readonly residue: Readonly<Record<string, number>>;
}

/** Reads a region's database with the read-only role of `url`, in one snapshot. */
export async function readContents(url: string): Promise<Contents> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET TimeZone = 'UTC'`);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const rows = new Map<string, string>();
    const live: Version[] = [];
    for (const { entity, columns } of synced) {
      const found = await client.query<{ key: string; version: string; origin: string; content: string }>(
        `SELECT id::text AS key, version::text, origin, jsonb_build_array(${columns.join(', ')}, version::text, origin, vector)::text AS content FROM ${entity}`,
      );
      for (const { key, version, origin, content } of found.rows) {
        rows.set(`${entity}|${key}`, content);
        live.push({ entity, key, version, origin });
      }
    }
    const graves = await client.query<Version>('SELECT entity, key, version::text, origin FROM sync.tombstone');
    for (const grave of graves.rows) {
      rows.set(`${grave.entity}|${grave.key}|deleted`, `${grave.version} ${grave.origin}`);
      live.push(grave);
    }
    const losers = await client.query<Version>(
      'SELECT entity, key, loser_version::text AS version, loser_origin AS origin FROM sync.conflict',
    );
    const residue: Record<string, number> = {};
    for (const table of ['outbox', 'parked', 'dead_letter']) {
      const counted = await client.query<{ n: string }>(`SELECT count(*) AS n FROM sync.${table}`);
      residue[table] = Number(counted.rows[0]?.n);
    }
    return { rows, live, losers: losers.rows, residue };
  } finally {
    await client.end();
  }
}

/** Keys whose content differs between two regions, with what each holds (undefined: nothing). */
export function differences(a: Contents, b: Contents): { key: string; here: string | undefined; there: string | undefined }[] {
  const keys = new Set([...a.rows.keys(), ...b.rows.keys()]);
  return [...keys]
    .filter((key) => a.rows.get(key) !== b.rows.get(key))
    .map((key) => ({ key, here: a.rows.get(key), there: b.rows.get(key) }));
}
