import { sql } from 'kysely';

import type { TranslationWriting } from '#contracts/catalog-content.ts';
import type { Language } from '#contracts/user.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, isVersion } from '#platform/entity/synced.repository.ts';
import { stampColumns } from '#platform/paging/keyset.repository.ts';

import type { CatalogDb } from '../deps.ts';

export interface TranslationRow extends StampRow {
  readonly product_id: string;
  readonly language: Language;
  readonly name: string;
  readonly description: string | null;
}

const columns = sql`t.id, t.product_id, t.language, t.name, t.description, ${stampColumns}`;

export async function selectTranslations(db: CatalogDb, productId: string): Promise<readonly TranslationRow[]> {
  const { rows } = await sql<TranslationRow>`
    SELECT ${columns} FROM catalog.translation t WHERE t.product_id = ${productId} ORDER BY t.language`.execute(db);
  return rows;
}

/** Undefined where the translation exists already. */
export async function insertTranslation(
  db: CatalogDb,
  key: { readonly id: string; readonly productId: string; readonly language: Language },
  writing: TranslationWriting,
): Promise<TranslationRow | undefined> {
  const { rows } = await sql<TranslationRow>`
    INSERT INTO catalog.translation AS t (id, product_id, language, name, description)
    VALUES (${key.id}, ${key.productId}, ${key.language}, ${writing.name}, ${writing.description ?? null})
    ON CONFLICT (id) DO NOTHING
    RETURNING ${columns}`.execute(db);
  return rows[0];
}

export async function updateTranslation(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  writing: TranslationWriting,
): Promise<TranslationRow | 'missing' | 'stale'> {
  const { rows } = await sql<TranslationRow>`
    UPDATE catalog.translation t SET name = ${writing.name}, description = ${writing.description ?? null}
    WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columns}`.execute(db);
  return rows[0] ?? ((await exists(db, 'catalog.translation', id)) ? 'stale' : 'missing');
}
