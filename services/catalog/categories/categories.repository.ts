import { type RawBuilder, sql } from 'kysely';

import type { CategoryChange, CategoryCreation } from '#contracts/catalog.ts';

import type { CatalogDb } from '../deps.ts';
import { selectPage, type SortKey, stampColumns } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, isVersion } from '#platform/entity/synced.repository.ts';

export interface CategoryRow extends StampRow {
  readonly slug: string;
  readonly name: string;
  readonly parent_id: string | null;
}

const columns = sql`t.id, t.slug, t.name, t.parent_id, ${stampColumns}`;

const sortKeys: Readonly<Record<string, SortKey>> = {
  name: { expression: sql`t.name`, type: 'text' },
  updatedAt: { expression: sql`sync.time_of(t.version)`, type: 'timestamptz' },
};
const bySlug: SortKey = { expression: sql`t.slug`, type: 'text' };

export const categorySortType = (name: string): SortKey['type'] => (sortKeys[name] ?? bySlug).type;

export async function selectCategories(db: CatalogDb, filter: { readonly slug?: string }, order: Order) {
  return selectPage<CategoryRow>(db, {
    table: 'catalog.category',
    columns,
    filters: filter.slug === undefined ? [] : [sql`t.slug = ${filter.slug}`],
    sort: sortKeys[order.name] ?? bySlug,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

export async function findCategory(db: CatalogDb, id: string): Promise<CategoryRow | undefined> {
  const { rows } = await sql<CategoryRow>`SELECT ${columns} FROM catalog.category t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}

/** Undefined where the category exists already. */
export async function insertCategory(db: CatalogDb, id: string, category: CategoryCreation): Promise<CategoryRow | undefined> {
  const { rows } = await sql<CategoryRow>`
    INSERT INTO catalog.category AS t (id, slug, name, parent_id)
    VALUES (${id}, ${category.slug}, ${category.name}, ${category.parentId ?? null})
    ON CONFLICT (id) DO NOTHING
    RETURNING ${columns}`.execute(db);
  return rows[0];
}

export async function updateCategory(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: CategoryChange,
): Promise<CategoryRow | 'missing' | 'stale'> {
  const assignments: RawBuilder<unknown>[] = [];
  if (change.name !== undefined) assignments.push(sql`name = ${change.name}`);
  if (change.parentId !== undefined) assignments.push(sql`parent_id = ${change.parentId}`);
  const { rows } = await sql<CategoryRow>`
    UPDATE catalog.category t SET ${sql.join(assignments)} WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columns}`.execute(db);
  return rows[0] ?? ((await exists(db, 'catalog.category', id)) ? 'stale' : 'missing');
}

/** Makes those who move categories wait for each other until their transactions end: two who each look before the other writes would put two below each other. */
export async function lockTree(trx: CatalogDb): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('catalog.category', 0))`.execute(trx);
}

/** Whether `id` is `ancestor` or lies below it. UNION, not UNION ALL: a ring that came about otherwise must not run for ever. */
export async function isWithin(db: CatalogDb, id: string, ancestor: string): Promise<boolean> {
  const { rows } = await sql`
    WITH RECURSIVE up(id) AS (
      SELECT ${id}::uuid
      UNION
      SELECT c.parent_id FROM catalog.category c JOIN up ON c.id = up.id WHERE c.parent_id IS NOT NULL
    )
    SELECT 1 FROM up WHERE id = ${ancestor}`.execute(db);
  return rows.length > 0;
}

/** The ids of a category and of all below it, as a subquery. UNION for the same reason. */
export const treeOf = (id: string): RawBuilder<unknown> => sql`(
  WITH RECURSIVE down(id) AS (
    SELECT ${id}::uuid
    UNION
    SELECT c.id FROM catalog.category c JOIN down ON c.parent_id = down.id
  )
  SELECT id FROM down)`;
