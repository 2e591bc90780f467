import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Call, ClientOperation } from '#client/index.ts';
import { pageOf } from '#contracts/values.ts';
import { notUnderstood } from '../api/problem.ts';

/** The API gives at most this many at once. */
const maxLimit = 200;

export type ListQuery = { readonly list: ClientOperation; readonly parameters: Readonly<Record<string, string | boolean | undefined>> };

export type Page = {
  readonly items: readonly unknown[];
  readonly total: number;
  /** There are more than `total`, as far as they were counted. */
  readonly moreThanTotal: boolean;
  readonly hasNextPage: boolean;
};

type Reply = Page & { readonly nextCursor: string | undefined };

/** Any list: what its items are was checked by the operation's own schema. */
const AnyPage = pageOf(Type.Unknown());

/**
 * Numbered pages over an API that has cursors. The cursor at which each page of a list starts is remembered as pages are read, so going
 * to and fro costs one request; a page that was never reached (a bookmark) is walked to in steps as long as the API allows.
 */
export function createPages(call: Call): {
  readonly page: (query: ListQuery, page: number, perPage: number, signal?: AbortSignal) => Promise<Page>;
} {
  const books = new Map<string, Map<number, string>>();

  const fetchPage = async (query: ListQuery, limit: number, cursor: string | undefined, signal?: AbortSignal) =>
    readReply((await call(query.list, { query: { ...query.parameters, limit, cursor }, signal })).body);

  /** Reads `count` records from a cursor on, in as many requests as that takes. */
  const fetchMany = async (query: ListQuery, count: number, from: string | undefined, signal?: AbortSignal): Promise<Reply> => {
    let reply = await fetchPage(query, Math.min(count, maxLimit), from, signal);
    const items = [...reply.items];
    while (items.length < count && reply.nextCursor !== undefined) {
      reply = await fetchPage(query, Math.min(count - items.length, maxLimit), reply.nextCursor, signal);
      items.push(...reply.items);
    }
    return { ...reply, items };
  };

  return {
    page: async (query, page, perPage, signal) => {
      const key = JSON.stringify([query.list.path, query.parameters, perPage]);
      const starts = books.get(key) ?? new Map<number, string>();
      books.set(key, starts);
      let reached = page;
      while (reached > 1 && !starts.has(reached)) reached -= 1;
      if (reached < page) {
        const skipped = await fetchMany(query, (page - reached) * perPage, starts.get(reached), signal);
        if (skipped.nextCursor === undefined) return { ...skipped, items: [], hasNextPage: false };
        starts.set(page, skipped.nextCursor);
      }
      const reply = await fetchMany(query, perPage, starts.get(page), signal);
      if (reply.nextCursor === undefined) starts.delete(page + 1);
      else starts.set(page + 1, reply.nextCursor);
      return reply;
    },
  };
}

function readReply(body: unknown): Reply {
  if (!Value.Check(AnyPage, body)) throw notUnderstood();
  const { items, total, moreThanTotal = false, pageInfo } = body;
  return { items, total, moreThanTotal, hasNextPage: pageInfo.hasNextPage, nextCursor: pageInfo.nextCursor ?? undefined };
}
