import type { Category, CategoryChange, CategoryCreation } from '#contracts/catalog.ts';
import type { Page } from '#contracts/values.ts';
import { categoryIdOf } from '#contracts/ids.ts';
import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from '../deps.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import {
  type CategoryRow,
  categorySortType,
  findCategory,
  insertCategory,
  isWithin,
  lockTree,
  selectCategories,
  updateCategory,
} from './categories.repository.ts';

type ListQuery = { readonly slug?: string; readonly sort?: string; readonly cursor?: string; readonly limit?: number };

export async function listCategories(db: CatalogDb, query: ListQuery): Promise<Page<Category>> {
  const order = orderOf(query, 'slug', categorySortType);
  return pageFrom(await selectCategories(db, query, order), order, categoryOf);
}

/** Throws AppError `not_found`. */
export async function getCategory(db: CatalogDb, id: string): Promise<Category> {
  const row = await findCategory(db, id);
  if (row === undefined) throw new AppError('not_found');
  return categoryOf(row);
}

/** Throws AppError `already_exists`. */
export async function createCategory(db: CatalogDb, creation: CategoryCreation): Promise<Category> {
  const id = categoryIdOf(creation.slug);
  if (creation.parentId === id) throw ring();
  const row = await insertCategory(db, id, creation);
  if (row === undefined) throw new AppError('already_exists', { detail: `There is a category ${creation.slug}.` });
  return categoryOf(row);
}

/** Throws AppError `invalid_request` where the category would come to lie below itself. */
export async function changeCategory(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: CategoryChange,
): Promise<Category | 'missing' | 'stale'> {
  const { parentId } = change;
  const outcome = parentId
    ? await db.transaction().execute(async (trx) => {
        await lockTree(trx);
        if (await isWithin(trx, parentId, id)) throw ring();
        return updateCategory(trx, id, tags, change);
      })
    : await updateCategory(db, id, tags, change);
  return typeof outcome === 'string' ? outcome : categoryOf(outcome);
}

function ring(): AppError {
  return new AppError('invalid_request', {
    detail: 'The body does not fit.',
    errors: [{ field: 'parentId', message: 'lies below the category itself' }],
  });
}

function categoryOf(row: CategoryRow): Category {
  return { id: row.id, slug: row.slug, name: row.name, parentId: row.parent_id, updatedAt: row.updated_at, stamp: stampOf(row) };
}
