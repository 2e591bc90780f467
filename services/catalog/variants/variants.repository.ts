import { sql } from 'kysely';

import type { VariantOptions, VariantWriting } from '#contracts/catalog-content.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, isVersion } from '#platform/entity/synced.repository.ts';
import { stampColumns } from '#platform/paging/keyset.repository.ts';

import type { CatalogDb } from '../deps.ts';

export interface VariantRow extends StampRow {
  readonly product_id: string;
  readonly parent_id: string;
  readonly options: VariantOptions;
}

const columns = sql`t.id, t.product_id, t.parent_id, t.options, ${stampColumns}`;

export async function findVariant(db: CatalogDb, id: string): Promise<VariantRow | undefined> {
  const { rows } = await sql<VariantRow>`SELECT ${columns} FROM catalog.variant t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}

/** Undefined where the product is a variant already. */
export async function insertVariant(
  db: CatalogDb,
  key: { readonly id: string; readonly productId: string },
  { parentId, options }: VariantWriting,
): Promise<VariantRow | undefined> {
  const { rows } = await sql<VariantRow>`
    INSERT INTO catalog.variant AS t (id, product_id, parent_id, options)
    VALUES (${key.id}, ${key.productId}, ${parentId}, ${JSON.stringify(options)}::jsonb)
    ON CONFLICT (id) DO NOTHING
    RETURNING ${columns}`.execute(db);
  return rows[0];
}

export async function updateVariant(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  { parentId, options }: VariantWriting,
): Promise<VariantRow | 'missing' | 'stale'> {
  const { rows } = await sql<VariantRow>`
    UPDATE catalog.variant t SET parent_id = ${parentId}, options = ${JSON.stringify(options)}::jsonb
    WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columns}`.execute(db);
  return rows[0] ?? ((await exists(db, 'catalog.variant', id)) ? 'stale' : 'missing');
}
