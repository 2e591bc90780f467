import { type RawBuilder, sql } from 'kysely';

import type { Medium, MediumChange, MediumCreation } from '#contracts/catalog-content.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, isVersion } from '#platform/entity/synced.repository.ts';
import { stampColumns } from '#platform/paging/keyset.repository.ts';

import type { CatalogDb } from '../deps.ts';

export interface MediumRow extends StampRow {
  readonly product_id: string;
  readonly url: string;
  readonly kind: Medium['kind'];
  readonly alt_en: string | null;
  readonly alt_zh: string | null;
  readonly position: number;
}

const columns = sql`t.id, t.product_id, t.url, t.kind, t.alt_en, t.alt_zh, t.position, ${stampColumns}`;

export async function selectMedia(db: CatalogDb, productId: string): Promise<readonly MediumRow[]> {
  const { rows } = await sql<MediumRow>`
    SELECT ${columns} FROM catalog.medium t WHERE t.product_id = ${productId} ORDER BY t.position, t.id`.execute(db);
  return rows;
}

/** Adds a link, where the product has fewer than `most`; who adds at the same time waits. */
export async function insertMedium(
  db: CatalogDb,
  key: { readonly id: string; readonly productId: string; readonly most: number },
  { url, kind, altEn, altZh, position }: MediumCreation,
): Promise<MediumRow | 'no product' | 'full' | 'there'> {
  return db.transaction().execute(async (trx) => {
    const product = await sql`SELECT FROM catalog.product t WHERE t.id = ${key.productId} FOR NO KEY UPDATE`.execute(trx);
    if (product.rows.length === 0) return 'no product';
    if (await exists(trx, 'catalog.medium', key.id)) return 'there';
    const { rows: held } = await sql<{ n: number }>`
      SELECT count(*)::int AS n FROM catalog.medium t WHERE t.product_id = ${key.productId}`.execute(trx);
    if ((held[0]?.n ?? 0) >= key.most) return 'full';
    const { rows } = await sql<MediumRow>`
      INSERT INTO catalog.medium AS t (id, product_id, url, kind, alt_en, alt_zh, position)
      VALUES (${key.id}, ${key.productId}, ${url}, ${kind ?? 'image'}, ${altEn ?? null}, ${altZh ?? null}, ${position ?? 0})
      ON CONFLICT (id) DO NOTHING
      RETURNING ${columns}`.execute(trx);
    return rows[0] ?? 'there';
  });
}

export async function updateMedium(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: MediumChange,
): Promise<MediumRow | 'missing' | 'stale'> {
  const assignments: RawBuilder<unknown>[] = [];
  if (change.kind !== undefined) assignments.push(sql`kind = ${change.kind}`);
  if (change.altEn !== undefined) assignments.push(sql`alt_en = ${change.altEn}`);
  if (change.altZh !== undefined) assignments.push(sql`alt_zh = ${change.altZh}`);
  if (change.position !== undefined) assignments.push(sql`position = ${change.position}`);
  const { rows } = await sql<MediumRow>`
    UPDATE catalog.medium t SET ${sql.join(assignments)} WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columns}`.execute(db);
  return rows[0] ?? ((await exists(db, 'catalog.medium', id)) ? 'stale' : 'missing');
}
