import type { Translation, TranslationWriting } from '#contracts/catalog-content.ts';
import { translationIdOf } from '#contracts/ids.ts';
import type { Language } from '#contracts/user.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from '../deps.ts';
import { requireProduct } from '../products/service.ts';
import { insertTranslation, selectTranslations, type TranslationRow, updateTranslation } from './translations.repository.ts';

/** Throws AppError `not_found` where there is no such product. */
export async function listTranslations(db: CatalogDb, productId: string): Promise<Translation[]> {
  await requireProduct(db, productId);
  return (await selectTranslations(db, productId)).map(translationOf);
}

/**
 * Writes a product's texts in `language`: new ones where nobody has named a version, else in place of one of `tags`. Throws AppError `not_found` where there is no
 * such product, `if_match_required` where there is a translation that was not named, and `stale` where it is another than was named, or none.
 */
export async function putTranslation(
  db: CatalogDb,
  { productId, language }: { readonly productId: string; readonly language: Language },
  tags: readonly string[] | undefined,
  writing: TranslationWriting,
): Promise<{ readonly translation: Translation; readonly isNew: boolean }> {
  const id = translationIdOf(productId, language);
  if (tags !== undefined) {
    const outcome = await updateTranslation(db, id, tags, writing);
    if (typeof outcome === 'string') throw new AppError('stale');
    return { translation: translationOf(outcome), isNew: false };
  }
  await requireProduct(db, productId);
  const row = await insertTranslation(db, { id, productId, language }, writing);
  if (row === undefined) throw new AppError('if_match_required');
  return { translation: translationOf(row), isNew: true };
}

function translationOf(row: TranslationRow): Translation {
  const { id, language, name, description } = row;
  return { id, productId: row.product_id, language, name, description, updatedAt: row.updated_at, stamp: stampOf(row) };
}
