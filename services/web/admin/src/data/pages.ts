import { notUnderstood } from '../api/problem.ts';
import { isObject, numberOf, textOf } from '../api/reading.ts';
import { readRecord, type SyncedRecord } from '../api/records.ts';
import type { Transport } from '../api/transport.ts';

/** The API gives at most this many at once. */
const maxLimit = 200;

export type ListQuery = { readonly path: string; readonly parameters: Readonly<Record<string, string | undefined>> };

export type Page = {
  readonly data: SyncedRecord[];
  readonly total: number | undefined;
  readonly hasNextPage: boolean;
};

type Reply = Page & { readonly nextCursor: string | undefined };

/**
 * Numbered pages over an API that has cursors. The cursor at which each page of a list starts is remembered as pages are read, so going
 * to and fro costs one request; a page that was never reached (a bookmark) is walked to in steps as long as the API allows.
 */
export function createPages(api: Transport): {
  readonly page: (query: ListQuery, page: number, perPage: number, signal?: AbortSignal) => Promise<Page>;
} {
  const books = new Map<string, Map<number, string>>();

  const fetchPage = async (query: ListQuery, limit: number, cursor: string | undefined, signal?: AbortSignal) =>
    readReply((await api({ method: 'GET', path: query.path, query: { ...query.parameters, limit, cursor }, signal })).body);

  /** Reads `count` records from a cursor on, in as many requests as that takes. */
  const fetchMany = async (query: ListQuery, count: number, from: string | undefined, signal?: AbortSignal): Promise<Reply> => {
    let reply = await fetchPage(query, Math.min(count, maxLimit), from, signal);
    const data = [...reply.data];
    while (data.length < count && reply.nextCursor !== undefined) {
      reply = await fetchPage(query, Math.min(count - data.length, maxLimit), reply.nextCursor, signal);
      data.push(...reply.data);
    }
    return { ...reply, data };
  };

  return {
    page: async (query, page, perPage, signal) => {
      const key = JSON.stringify([query.path, query.parameters, perPage]);
      const starts = books.get(key) ?? new Map<number, string>();
      books.set(key, starts);
      let reached = page;
      while (reached > 1 && !starts.has(reached)) reached -= 1;
      if (reached < page) {
        const skipped = await fetchMany(query, (page - reached) * perPage, starts.get(reached), signal);
        if (skipped.nextCursor === undefined) return { data: [], total: skipped.total, hasNextPage: false };
        starts.set(page, skipped.nextCursor);
      }
      const reply = await fetchMany(query, perPage, starts.get(page), signal);
      if (reply.nextCursor === undefined) starts.delete(page + 1);
      else starts.set(page + 1, reply.nextCursor);
      return { data: reply.data, total: reply.total, hasNextPage: reply.hasNextPage };
    },
  };
}

function readReply(body: unknown): Reply {
  if (!isObject(body) || !Array.isArray(body['items'])) throw notUnderstood();
  const data = body['items'].map((item: unknown) => {
    const record = readRecord(item);
    if (record === undefined) throw notUnderstood();
    return record;
  });
  const pageInfo = isObject(body['pageInfo']) ? body['pageInfo'] : {};
  const nextCursor = textOf(pageInfo['nextCursor']);
  return { data, total: numberOf(body['total']), hasNextPage: pageInfo['hasNextPage'] === true, nextCursor };
}
