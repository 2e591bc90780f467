import { type RawBuilder, sql } from 'kysely';

import type { StoreChange, StoreCreation } from '#contracts/catalog.ts';
import type { OpeningHours } from '#contracts/opening-hours.ts';
import type { Region } from '#contracts/regions.ts';

import type { CatalogDb } from '../deps.ts';
import { selectPage, type SortKey, stampColumns } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, isVersion } from '#platform/entity/synced.repository.ts';

import type { Circle } from './nearest.ts';

export interface StoreRow extends StampRow {
  readonly code: string;
  readonly name: string;
  readonly city: string;
  readonly country: string;
  readonly region: Region;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** As it stands there: the other region's newer version may have written more than is known here. */
  readonly opening_hours: unknown;
}

/** Mean radius of the earth (IUGG). A sphere is off by up to half a per cent, which is fit for "nearest". */
const EARTH_METRES = 6_371_008.8;
const DEGREE_METRES = (EARTH_METRES * Math.PI) / 180;

const columns = sql`t.id, t.code, t.name, t.city, t.country, catalog.region_of(t.region, t.country) AS region, t.latitude, t.longitude,
  t.opening_hours, ${stampColumns}`;

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

function filtersOf({ code, country }: StoreFilter): RawBuilder<unknown>[] {
  const filters: RawBuilder<unknown>[] = [];
  if (code !== undefined) filters.push(sql`t.code = ${code}`);
  if (country !== undefined) filters.push(sql`t.country = ${country}`);
  return filters;
}

export async function selectStores(db: CatalogDb, filter: StoreFilter, order: Order) {
  return selectPage<StoreRow>(db, {
    table: 'catalog.store',
    columns,
    filters: filtersOf(filter),
    sort: sortKeys[order.name] ?? byCode,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

/** The great circle's length from the circle's middle, in whole metres (the haversine formula, which is exact for near things too). */
function distanceFrom({ latitude, longitude }: Circle): RawBuilder<unknown> {
  return sql`round(2 * ${EARTH_METRES}::float8 * asin(least(1, sqrt(
    power(sind((t.latitude - ${latitude}::float8) / 2), 2)
    + cosd(${latitude}::float8) * cosd(t.latitude) * power(sind((t.longitude - ${longitude}::float8) / 2), 2)))))::int8`;
}

/** The stores within the circle, the nearest first, each with its distance. */
export async function selectNearest(db: CatalogDb, filter: StoreFilter, circle: Circle, order: Order) {
  const distance = distanceFrom(circle);
  const degrees = circle.radiusMetres / DEGREE_METRES;
  return selectPage<StoreRow & { readonly distance_metres: string }>(db, {
    table: 'catalog.store',
    columns: sql`${columns}, ${distance} AS distance_metres`,
    filters: [
      ...filtersOf(filter),
      sql`t.latitude BETWEEN ${circle.latitude - degrees}::float8 AND ${circle.latitude + degrees}::float8 AND t.longitude IS NOT NULL`,
      sql`${distance} <= ${circle.radiusMetres}::int8`,
    ],
    sort: { expression: distance, type: 'int8' },
    descending: false,
    after: order.after,
    limit: order.limit,
  });
}

export async function findStore(db: CatalogDb, id: string): Promise<StoreRow | undefined> {
  const { rows } = await sql<StoreRow>`SELECT ${columns} FROM catalog.store t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}

/** As text: the driver would write an array as one of PostgreSQL's. */
const jsonOrNull = (hours: OpeningHours | null | undefined): string | null => (hours ? JSON.stringify(hours) : null);

/** Undefined where the store exists already. */
export async function insertStore(db: CatalogDb, id: string, store: StoreCreation): Promise<StoreRow | undefined> {
  const { rows } = await sql<StoreRow>`
    INSERT INTO catalog.store AS t (id, code, name, city, country, region, latitude, longitude, opening_hours)
    VALUES (${id}, ${store.code}, ${store.name}, ${store.city}, ${store.country}, coalesce(${store.region ?? null}, catalog.region()),
      ${store.latitude ?? null}, ${store.longitude ?? null}, ${jsonOrNull(store.openingHours)}::jsonb)
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
  if (change.openingHours !== undefined) assignments.push(sql`opening_hours = ${jsonOrNull(change.openingHours)}::jsonb`);
  const { rows } = await sql<StoreRow>`
    UPDATE catalog.store t SET ${sql.join(assignments)} WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columns}`.execute(db);
  return rows[0] ?? ((await exists(db, 'catalog.store', id)) ? 'stale' : 'missing');
}
