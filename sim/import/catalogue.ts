import { Type, type Static } from 'typebox';

import { ApiError, type Api } from '../region-api/api.ts';
import type { CategorySeed } from './categories.ts';
import type { Signals } from '../region-api/retry.ts';
import { signedIn } from '../region-api/signed-in.ts';
import type { Session } from '../region-api/session.ts';

/** One price of a product, as the bulk request takes it. The first of a product carries its name and category. */
export interface PriceItem {
  readonly sku: string;
  readonly price: { readonly amountMinor: number; readonly currency: 'GBP' };
  readonly pricedAt: string;
  readonly name?: string;
  readonly categoryId?: string;
}

const Stamp = Type.Object({ version: Type.String(), origin: Type.String(), vector: Type.Record(Type.String(), Type.String()) });

/** A write that the API acknowledged, with the stamp it gave. */
export interface Acknowledged extends Static<typeof Stamp> {
  readonly entity: 'catalog.category' | 'catalog.product';
  readonly key: string;
}

const BulkResult = Type.Object({
  status: Type.Union([Type.Literal('created'), Type.Literal('updated'), Type.Literal('unchanged'), Type.Literal('rejected')]),
  id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  stamp: Type.Optional(Stamp),
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
});
export type BulkResult = Static<typeof BulkResult>;

const BulkAnswer = Type.Object({ results: Type.Array(BulkResult) });
const Created = Type.Object({ id: Type.String(), stamp: Stamp });
const Categories = Type.Object({
  items: Type.Array(Type.Object({ id: Type.String(), slug: Type.String() })),
  pageInfo: Type.Object({ nextCursor: Type.Union([Type.String(), Type.Null()]) }),
});

export interface Catalogue {
  /** Makes the categories that are missing; gives the id of each by its slug. */
  ensureCategories(seeds: readonly CategorySeed[], signals: Signals): Promise<ReadonlyMap<string, string>>;
  /** Sends prices, which the service applies in this order; one result for each. Repeating it does no harm. */
  sendPrices(items: readonly PriceItem[], signals: Signals): Promise<readonly BulkResult[]>;
}

/** The catalogue of a region, through its public API, as staff; tells `onWrite` of every write that is acknowledged. Throws `ApiError`. */
export function openCatalogue(api: Api, session: Session, onWrite: (write: Acknowledged) => void = () => undefined): Catalogue {
  const listCategories = async (signals: Signals): Promise<Map<string, string>> => {
    const ids = new Map<string, string>();
    for (let cursor: string | null = ''; cursor !== null;) {
      const path: string = `/v1/categories?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: Static<typeof Categories> | undefined = await api.send({ method: 'GET', path, answer: Categories }, signals);
      for (const { id, slug } of page?.items ?? []) ids.set(slug, id);
      cursor = page?.pageInfo.nextCursor ?? null;
    }
    return ids;
  };

  return {
    async ensureCategories(seeds, signals) {
      const known = await listCategories(signals);
      const missing = seeds.filter(({ slug }) => !known.has(slug));
      if (missing.length === 0) return known;
      for (const seed of missing) {
        const request = { method: 'POST', path: '/v1/categories', body: seed, answer: Created, accept: [409] } as const;
        const created = await signedIn(session, (token) => api.send({ ...request, token }, signals), signals);
        if (created !== undefined) onWrite({ entity: 'catalog.category', key: created.id, ...created.stamp });
      }
      // Read once more: one that another import made meanwhile was answered 409, without its id.
      return listCategories(signals);
    },
    async sendPrices(items, signals) {
      const request = { method: 'POST', path: '/v1/products/bulk', body: { items }, answer: BulkAnswer } as const;
      const answer = await signedIn(session, (token) => api.send({ ...request, token }, signals), signals);
      if (answer?.results.length !== items.length) throw new ApiError('A bulk request was not answered item by item');
      for (const { status, id, stamp } of answer.results) {
        if ((status === 'created' || status === 'updated') && typeof id === 'string' && stamp !== undefined) {
          onWrite({ entity: 'catalog.product', key: id, ...stamp });
        }
      }
      return answer.results;
    },
  };
}
