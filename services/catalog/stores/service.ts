import type { Store, StoreChange, StoreCreation } from '#contracts/catalog.ts';
import type { Page } from '#contracts/values.ts';
import { storeIdOf } from '#contracts/ids.ts';
import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from '../deps.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import { findStore, insertStore, selectStores, type StoreFilter, type StoreRow, storeSortType, updateStore } from './stores.repository.ts';

type ListQuery = StoreFilter & { readonly sort?: string; readonly cursor?: string; readonly limit?: number };

export async function listStores(db: CatalogDb, query: ListQuery): Promise<Page<Store>> {
  const order = orderOf(query, 'code', storeSortType);
  return pageFrom(await selectStores(db, query, order), order, storeOf);
}

/** Throws AppError `not_found`. */
export async function getStore(db: CatalogDb, id: string): Promise<Store> {
  const row = await findStore(db, id);
  if (row === undefined) throw new AppError('not_found');
  return storeOf(row);
}

/** Throws AppError `already_exists`. */
export async function createStore(db: CatalogDb, creation: StoreCreation): Promise<Store> {
  const row = await insertStore(db, storeIdOf(creation.code), creation);
  if (row === undefined) throw new AppError('already_exists', { detail: `There is a store ${creation.code}.` });
  return storeOf(row);
}

export async function changeStore(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: StoreChange,
): Promise<Store | 'missing' | 'stale'> {
  const outcome = await updateStore(db, id, tags, change);
  return typeof outcome === 'string' ? outcome : storeOf(outcome);
}

function storeOf(row: StoreRow): Store {
  const { id, code, name, city, country, latitude, longitude } = row;
  return { id, code, name, city, country, latitude, longitude, updatedAt: row.updated_at, stamp: stampOf(row) };
}
