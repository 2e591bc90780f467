import type { DataProvider, RaRecord } from 'react-admin';
import { notUnderstood, ProblemError } from '../api/problem.ts';
import { isObject, textOf } from '../api/reading.ts';
import { readRecord } from '../api/records.ts';
import type { ApiReply, Transport } from '../api/transport.ts';
import { createPages } from './pages.ts';
import { changeOf, creationOf, type ResourceShape, resources } from './resources.ts';

/** Up to so many referred records are asked for one by one. */
const oneByOneMax = 3;

/**
 * react-admin's data provider over the API of one region. Records carry their entity tag as `etag`; a change or deletion sends that of
 * the record as the person saw it, so what was changed meanwhile rejects with `stale` instead of being overwritten.
 */
export function createDataProvider(api: Transport): DataProvider {
  const pages = createPages(api);

  const one = async <R extends RaRecord>(resource: string, id: unknown, signal?: AbortSignal): Promise<R> =>
    recordOf<R>(await api({ method: 'GET', path: pathOf(resource, id), signal }));

  const remove = async (resource: string, id: unknown, etag: string | undefined): Promise<void> => {
    await api({ method: 'DELETE', path: pathOf(resource, id), ifMatch: etag });
  };

  return {
    supportAbortSignal: true,
    getList: async <R extends RaRecord>(resource: string, params: Parameters<DataProvider['getList']>[1]) => {
      const { page, perPage } = params.pagination ?? { page: 1, perPage: 25 };
      const query = {
        path: shapeOf(resource).path,
        parameters: { ...filterOf(params.filter), sort: sortOf(params.sort) },
      };
      const { data, total, hasNextPage } = await pages.page(query, page, perPage, params.signal);
      return {
        data: data.filter((record): record is typeof record & R => isRecord<R>(record)),
        ...(total === undefined ? {} : { total }),
        pageInfo: { hasNextPage, hasPreviousPage: page > 1 },
      };
    },
    getOne: async (resource, params) => ({ data: await one(resource, params.id, params.signal) }),
    getMany: async <R extends RaRecord>(resource: string, params: Parameters<DataProvider['getMany']>[1]) => {
      // A table refers to a few records many times, or to many of a short list: then the list is one request instead of many.
      const { path } = shapeOf(resource);
      const listed = params.ids.length > oneByOneMax ? (await pages.page({ path, parameters: {} }, 1, 200, params.signal)).data : [];
      const known = new Map<unknown, R>();
      for (const record of listed) if (isRecord<R>(record)) known.set(record.id, record);
      const found = await Promise.all(
        params.ids.map(async (id) => known.get(id) ?? one<R>(resource, id, params.signal).catch(missingAsNothing)),
      );
      return { data: found.filter((record) => record !== undefined) };
    },
    getManyReference: async () => {
      throw new Error('No page of the panel lists records by reference');
    },
    create: async (resource, params) => {
      const shape = shapeOf(resource);
      const body = creationOf(shape, params.data);
      try {
        return { data: recordOf(await api({ method: 'POST', path: shape.path, body })) };
      } catch (error) {
        throw error instanceof ProblemError ? onField(error, shape.naturalKey) : error;
      }
    },
    update: async (resource, params) => {
      const shape = shapeOf(resource);
      const body = changeOf(shape, params.data, params.previousData);
      if (Object.keys(body).length === 0) return { data: params.previousData };
      const ifMatch = textOf(params.previousData['etag']);
      return { data: recordOf(await api({ method: 'PATCH', path: pathOf(resource, params.id), body, ifMatch })) };
    },
    updateMany: async () => {
      throw new Error('The panel changes one record at a time: each change names the version it was made from');
    },
    delete: async <R extends RaRecord>(resource: string, params: Parameters<DataProvider['delete']>[1]) => {
      const previous: unknown = params.previousData;
      await remove(resource, params.id, isObject(previous) ? textOf(previous['etag']) : undefined);
      return { data: knownRecord<R>(previous ?? { id: params.id }) };
    },
    deleteMany: async () => {
      throw new Error('The panel deletes one record at a time: each deletion names the version it was made from');
    },
  };
}

function shapeOf(resource: string): ResourceShape {
  const shape = resources[resource];
  if (shape === undefined) throw new Error(`There is no resource ${resource}`);
  return shape;
}

function pathOf(resource: string, id: unknown): string {
  return `${shapeOf(resource).path}/${encodeURIComponent(String(id))}`;
}

function sortOf(sort: { field: string; order: 'ASC' | 'DESC' } | undefined): string | undefined {
  if (sort === undefined || sort.field === 'id') return undefined;
  return sort.order === 'DESC' ? `-${sort.field}` : sort.field;
}

function filterOf(filter: unknown): Record<string, string | undefined> {
  const parameters: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(isObject(filter) ? filter : {})) {
    const text = textOf(value)?.trim();
    if (text !== undefined && text !== '') parameters[name] = text;
  }
  return parameters;
}

/**
 * react-admin lets each caller name the record type it expects of a resource; at this one place the name is taken at its word, after
 * the common shape (id, stamp, time) was checked.
 */
function isRecord<R extends RaRecord>(value: unknown): value is R {
  return isObject(value) && typeof value['id'] === 'string';
}

function knownRecord<R extends RaRecord>(value: unknown): R {
  if (!isRecord<R>(value)) throw notUnderstood();
  return value;
}

function recordOf<R extends RaRecord>(reply: ApiReply): R {
  return knownRecord<R>(readRecord(reply.body, reply.etag));
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
