import { type RawBuilder, sql } from 'kysely';

import type { StoreChange, StoreCreation } from '#contracts/catalog.ts';

import type { CatalogDb } from '../deps.ts';
import { selectPage, type SortKey, stampColumns } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, isVersion } from '#platform/entity/synced.repository.ts';

export interface StoreRow extends StampRow {
  readonly code: string;
  readonly name: string;
  readonly city: string;
  readonly country: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

const columns = sql`t.id, t.code, t.name, t.city, t.country, t.latitude, t.longitude, ${stampColumns}`;

const sortKeys: Readonly<Record<string, SortKey>> = {
  name: { expression: sql`t.name`, type: 'text' },
  updatedAt: { expression: sql`sync.time_of(t.version)`, type: 'timestamptz' },
};
const byCode: SortKey = { expression: sql`t.code`, type: 'text' };

export const storeSortType = (name: string): SortKey['type'] => (sortKeys[name] ?? byCode).type;

export interface StoreFilter {
  readonly code?: string;
  readonly country?: string;
}

export async function selectStores(db: CatalogDb, { code, country }: StoreFilter, order: Order) {
  const filters: RawBuilder<unknown>[] = [];
  if (code !== undefined) filters.push(sql`t.code = ${code}`);
  if (country !== undefined) filters.push(sql`t.country = ${country}`);
  return selectPage<StoreRow>(db, {
    table: 'catalog.store',
    columns,
    filters,
    sort: sortKeys[order.name] ?? byCode,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

export async function findStore(db: CatalogDb, id: string): Promise<StoreRow | undefined> {
  const { rows } = await sql<StoreRow>`SELECT ${columns} FROM catalog.store t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}

/** Undefined where the store exists already. */
export async function insertStore(db: CatalogDb, id: string, store: StoreCreation): Promise<StoreRow | undefined> {
  const { rows } = await sql<StoreRow>`
    INSERT INTO catalog.store AS t (id, code, name, city, country, latitude, longitude)
    VALUES (${id}, ${store.code}, ${store.name}, ${store.city}, ${store.country}, ${store.latitude ?? null}, ${store.longitude ?? null})
    ON CONFLICT (id) DO NOTHING
    RETURNING ${columns}`.execute(db);
  return rows[0];
}

export async function updateStore(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: StoreChange,
): Promise<StoreRow | 'missing' | 'stale'> {
  const assignments: RawBuilder<unknown>[] = [];
  for (const column of ['name', 'city', 'country', 'latitude', 'longitude'] as const) {
    const value = change[column];
    if (value !== undefined) assignments.push(sql`${sql.ref(column)} = ${value}`);
  }
  const { rows } = await sql<StoreRow>`
    UPDATE catalog.store t SET ${sql.join(assignments)} WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columns}`.execute(db);
  return rows[0] ?? ((await exists(db, 'catalog.store', id)) ? 'stale' : 'missing');
}
