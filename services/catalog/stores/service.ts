import { Compile } from 'typebox/compile';

import type { ListedStore, Store, StoreChange, StoreCreation } from '#contracts/catalog.ts';
import { storeIdOf } from '#contracts/ids.ts';
import { type Opening, OpeningHours } from '#contracts/opening-hours.ts';
import type { Page } from '#contracts/values.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import { AppError } from '#platform/errors.ts';
import { isRealInstant } from '#platform/instant.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import type { CatalogDb } from '../deps.ts';
import { type Circle, circleOf, orderNameOf } from './nearest.ts';
import { openingAt } from './opening.ts';
import {
  findStore,
  insertStore,
  selectNearest,
  selectStores,
  type StoreFilter,
  type StoreRow,
  storeSortType,
  updateStore,
} from './stores.repository.ts';
import { isTimeZone } from './time-zone.ts';

const hoursCheck = Compile(OpeningHours);

/** Before, zones are guesswork; after, years have five digits at some point. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2999;

type ListQuery = StoreFilter & {
  readonly near?: string;
  readonly radiusMetres?: number;
  readonly sort?: string;
  readonly cursor?: string;
  readonly limit?: number;
};

/** A page of stores; of those near a place, the nearest first, with their distance and whether they are open at `nowMs`. Throws AppError `invalid_request`. */
export async function listStores(db: CatalogDb, query: ListQuery, nowMs: number): Promise<Page<ListedStore>> {
  const circle = circleOf(query);
  if (circle !== undefined) return listNearest(db, query, circle, nowMs);
  const order = orderOf(query, 'code', storeSortType);
  return pageFrom(await selectStores(db, query, order), order, storeOf);
}

async function listNearest(db: CatalogDb, query: ListQuery, circle: Circle, nowMs: number): Promise<Page<ListedStore>> {
  const order = orderOf(query, orderNameOf(circle), () => 'int8');
  return pageFrom(await selectNearest(db, query, circle, order), order, (row) => {
    const store = storeOf(row);
    return {
      ...store,
      distanceMetres: Number(row.distance_metres),
      opening: store.openingHours === null ? null : openingAt(store.openingHours, nowMs),
    };
  });
}

/** Whether a store is open at the instant `at`. Throws AppError `not_found`, also for a store that names no hours, and `invalid_request`. */
export async function getOpening(db: CatalogDb, id: string, at: string): Promise<Opening> {
  const year = Number(at.slice(0, 4));
  if (!isRealInstant(at) || year < FIRST_YEAR || year > LAST_YEAR) {
    throw new AppError('invalid_request', { errors: [{ field: 'at', message: 'is no day of the calendar that is looked at' }] });
  }
  const { openingHours } = await getStore(db, id);
  if (openingHours === null) throw new AppError('not_found', { detail: 'This store names no opening hours.' });
  return openingAt(openingHours, Date.parse(at));
}

/** Throws AppError `not_found`. */
export async function getStore(db: CatalogDb, id: string): Promise<Store> {
  const row = await findStore(db, id);
  if (row === undefined) throw new AppError('not_found');
  return storeOf(row);
}

/** Throws AppError `already_exists` or `invalid_request`. */
export async function createStore(db: CatalogDb, creation: StoreCreation): Promise<Store> {
  requireRealHours(creation.openingHours);
  const row = await insertStore(db, storeIdOf(creation.code), creation);
  if (row === undefined) throw new AppError('already_exists', { detail: `There is a store ${creation.code}.` });
  return storeOf(row);
}

/** Throws AppError `invalid_request`. */
export async function changeStore(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: StoreChange,
): Promise<Store | 'missing' | 'stale'> {
  requireRealHours(change.openingHours);
  const outcome = await updateStore(db, id, tags, change);
  return typeof outcome === 'string' ? outcome : storeOf(outcome);
}

/** What no schema can say of opening hours: that zone and days are there, and each day once. */
function requireRealHours(hours: OpeningHours | null | undefined): void {
  if (!hours) return;
  if (!isTimeZone(hours.timeZone)) throw invalid('openingHours.timeZone', 'is no time zone of the IANA database');
  const dates = new Set<string>();
  for (const [place, { date }] of hours.exceptions.entries()) {
    const field = `openingHours.exceptions.${place}.date`;
    if (!isRealInstant(date)) throw invalid(field, 'is no day of the calendar');
    if (dates.has(date)) throw invalid(field, 'stands there twice');
    dates.add(date);
  }
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', { detail: 'The body does not fit.', errors: [{ field, message }] });
}

function storeOf(row: StoreRow): Store {
  const { id, code, name, city, country, region, latitude, longitude, opening_hours: hours } = row;
  // Hours that are not understood here, of a newer version of the other region, are shown as none.
  const openingHours = hoursCheck.Check(hours) && isTimeZone(hours.timeZone) ? hours : null;
  return { id, code, name, city, country, region, latitude, longitude, openingHours, updatedAt: row.updated_at, stamp: stampOf(row) };
}
