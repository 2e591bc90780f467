import type { DataProvider, RaRecord } from 'react-admin';
import type { Api } from '../api/api.ts';
import { notUnderstood, ProblemError } from '../api/problem.ts';
import { isObject, textOf } from '../api/reading.ts';
import { type PanelRecord, readRecord } from '../api/records.ts';
import { changeOf, creationOf } from './bodies.ts';
import { queryOfFilter } from './filter.ts';
import { createPages } from './pages.ts';
import { editShapeOf, shapeOf } from './resources.ts';

/** Up to so many referred records are asked for one by one. */
const oneByOneMax = 3;

/**
 * react-admin's data provider over the API of one region. Records carry their entity tag as `etag`; a change or deletion sends that of
 * the record as the person saw it, so what was changed meanwhile rejects with `stale` instead of being overwritten.
 */
export function createDataProvider({ call }: Pick<Api, 'call'>): DataProvider {
  const pages = createPages(call);

  const one = async <R extends RaRecord>(resource: string, id: unknown, signal?: AbortSignal): Promise<R> => {
    const { get } = shapeOf(resource);
    if (get === undefined) throw new Error(`${resource} are not read one by one`);
    const { body, etag } = await call(get, { params: { id }, signal });
    return recordOf<R>(resource, body, etag);
  };

  return {
    supportAbortSignal: true,
    getList: async <R extends RaRecord>(resource: string, params: Parameters<DataProvider['getList']>[1]) => {
      const { page, perPage } = params.pagination ?? { page: 1, perPage: 25 };
      const { list, query = queryOfFilter } = shapeOf(resource);
      const parameters = { ...query(params.filter), sort: sortOf(params.sort) };
      const { items, total, moreThanTotal, hasNextPage } = await pages.page({ list, parameters }, page, perPage, params.signal);
      return {
        data: items.map((item) => recordOf<R>(resource, item)),
        // What was not counted to the end has no last page.
        ...(moreThanTotal ? { meta: { moreThan: total } } : { total }),
        pageInfo: { hasNextPage, hasPreviousPage: page > 1 },
      };
    },
    getOne: async (resource, params) => ({ data: await one(resource, params.id, params.signal) }),
    getMany: async <R extends RaRecord>(resource: string, params: Parameters<DataProvider['getMany']>[1]) => {
      // A table refers to a few records many times, or to many of a short list: then the list is one request instead of many.
      const { list } = shapeOf(resource);
      const listed = params.ids.length > oneByOneMax ? (await pages.page({ list, parameters: {} }, 1, 200, params.signal)).items : [];
      const known = new Map<unknown, R>();
      for (const item of listed) {
        const record = recordOf<R>(resource, item);
        known.set(record.id, record);
      }
      const found = await Promise.all(
        params.ids.map(async (id) => known.get(id) ?? one<R>(resource, id, params.signal).catch(missingAsNothing)),
      );
      return { data: found.filter((record) => record !== undefined) };
    },
    getManyReference: async () => {
      throw new Error('No page of the panel lists records by reference');
    },
    create: async (resource, params) => {
      const shape = editShapeOf(resource);
      try {
        const { body, etag } = await call(shape.create, { body: creationOf(shape, params.data) });
        return { data: recordOf(resource, body, etag) };
      } catch (error) {
        throw error instanceof ProblemError ? onField(error, shape.naturalKey) : error;
      }
    },
    update: async (resource, params) => {
      const shape = editShapeOf(resource);
      const change = changeOf(shape, params.data, params.previousData);
      if (Object.keys(change).length === 0) return { data: params.previousData };
      const { body, etag } = await call(shape.change, { params: { id: params.id }, body: change, ...seenAs(params.previousData) });
      return { data: recordOf(resource, body, etag) };
    },
    updateMany: async () => {
      throw new Error('The panel changes one record at a time: each change names the version it was made from');
    },
    delete: async <R extends RaRecord>(resource: string, params: Parameters<DataProvider['delete']>[1]) => {
      const previous: unknown = params.previousData;
      await call(editShapeOf(resource).remove, { params: { id: params.id }, ...seenAs(previous) });
      return { data: knownRecord<R>(previous ?? { id: params.id }) };
    },
    deleteMany: async () => {
      throw new Error('The panel deletes one record at a time: each deletion names the version it was made from');
    },
  };
}

/** The version that the person saw. */
function seenAs(record: unknown): { readonly ifMatch?: string } {
  const ifMatch = isObject(record) ? textOf(record['etag']) : undefined;
  return ifMatch === undefined ? {} : { ifMatch };
}

function sortOf(sort: { field: string; order: 'ASC' | 'DESC' } | undefined): string | undefined {
  if (sort === undefined || sort.field === 'id') return undefined;
  return sort.order === 'DESC' ? `-${sort.field}` : sort.field;
}

/**
 * react-admin lets each caller name the record type it expects of a resource; at this one place the name is taken at its word: the
 * operation's own schema was held against the answer.
 */
function isRecord<R extends RaRecord>(value: unknown): value is R {
  return isObject(value) && typeof value['id'] === 'string';
}

function knownRecord<R extends RaRecord>(value: unknown): R {
  if (!isRecord<R>(value)) throw notUnderstood();
  return value;
}

function recordOf<R extends RaRecord>(resource: string, body: unknown, etag?: string): R {
  const { idOf = ownId } = shapeOf(resource);
  const id = isObject(body) ? idOf(body) : undefined;
  if (id === undefined) throw notUnderstood();
  return knownRecord<R>(readRecord(body, id, etag) satisfies PanelRecord);
}

function ownId(body: Readonly<Record<string, unknown>>): string | undefined {
  return textOf(body['id']);
}

function missingAsNothing(error: unknown): undefined {
  if (error instanceof ProblemError && error.status === 404) return undefined;
  throw error;
}

/** Shows a taken key at its input. */
function onField(error: ProblemError, field: string): ProblemError {
  if (error.code !== 'already_exists' || error.body.errors !== undefined) return error;
  return new ProblemError(error.status, error.code, error.message, { [field]: error.message });
}
