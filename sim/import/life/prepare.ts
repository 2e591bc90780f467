import { setTimeout as sleep } from 'node:timers/promises';

import { ApiError, type Api } from '../../region-api/api.ts';
import type { Signals } from '../../region-api/retry.ts';
import type { Session } from '../../region-api/session.ts';
import { categoryOf, categorySeeds } from '../categories.ts';
import { openCatalogue, type PriceItem } from '../catalogue.ts';
import type { RegionName } from './regions-map.ts';
import type { Shop } from './shop.ts';
import type { Survey, SurveyedProduct } from './survey.ts';

const PRODUCTS_AT_ONCE = 500;
const ACCOUNTS_AT_ONCE = 100;
const LOOK_AGAIN_MS = 500;
const CROSSING_TIMEOUT_MS = 180_000;

export interface Prepared {
  readonly productIds: ReadonlyMap<string, string>;
  readonly accountIds: ReadonlyMap<RegionName, ReadonlyMap<string, string>>;
  readonly storeIds: ReadonlyMap<RegionName, string>;
}

/**
 * What has to be there before the first sale: the products at their first price, in the catalogue of the first region, from where they cross to the other; an online
 * store and the customers' accounts in each. Throws `ApiError`.
 */
export async function prepareShops(
  survey: Survey,
  deps: {
    readonly regions: readonly RegionName[];
    readonly apiOf: (region: RegionName) => Api;
    readonly sessionOf: (region: RegionName) => Session;
    readonly shopOf: (region: RegionName) => Shop;
    readonly emailOf: (customer: string) => string;
    readonly signals: Signals;
  },
): Promise<Prepared> {
  const { regions, signals, shopOf } = deps;
  const [home, ...others] = regions;
  if (home === undefined) throw new ApiError('The regions map names no region');
  const productIds = await sendProducts([...survey.products.values()], openCatalogue(deps.apiOf(home), deps.sessionOf(home)), signals);
  const storeIds = new Map<RegionName, string>();
  const accountIds = new Map<RegionName, Map<string, string>>();
  for (const region of regions) {
    storeIds.set(region, await shopOf(region).ensureStore(signals));
    accountIds.set(region, await openAccounts([...(survey.customers.get(region) ?? [])], shopOf(region), deps.emailOf, signals));
  }
  for (const region of others) await waitForProducts(new Set(productIds.values()), shopOf(region), region, signals);
  return { productIds, accountIds, storeIds };
}

async function sendProducts(
  products: readonly SurveyedProduct[],
  catalogue: ReturnType<typeof openCatalogue>,
  signals: Signals,
): Promise<Map<string, string>> {
  const categoryIds = await catalogue.ensureCategories(categorySeeds, signals);
  const ids = new Map<string, string>();
  for (let start = 0; start < products.length; start += PRODUCTS_AT_ONCE) {
    signals.stop.throwIfAborted();
    const batch = products.slice(start, start + PRODUCTS_AT_ONCE);
    const items = batch.map(({ sku, name = `Product ${sku}`, unitMinor, soldMs }): PriceItem => {
      const categoryId = categoryIds.get(categoryOf(name));
      const pricedAt = new Date(soldMs).toISOString();
      return {
        sku,
        name,
        price: { amountMinor: unitMinor, currency: 'GBP' },
        pricedAt,
        ...(categoryId === undefined ? {} : { categoryId }),
      };
    });
    for (const [index, { id, status, code }] of (await catalogue.sendPrices(items, signals)).entries()) {
      const sku = batch[index]?.sku ?? '';
      if (typeof id !== 'string') throw new ApiError(`The product ${sku} was ${status}: ${code ?? 'without a reason'}`, 400);
      ids.set(sku, id);
    }
  }
  return ids;
}

async function openAccounts(
  customers: readonly string[],
  shop: Shop,
  emailOf: (customer: string) => string,
  signals: Signals,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let start = 0; start < customers.length; start += ACCOUNTS_AT_ONCE) {
    signals.stop.throwIfAborted();
    const batch = customers.slice(start, start + ACCOUNTS_AT_ONCE);
    const opened = await shop.openAccounts(batch.map(emailOf), signals);
    for (const [index, id] of opened.entries()) ids.set(batch[index] ?? '', id);
  }
  return ids;
}

/** The catalogue crosses the border by itself, if the border is open. */
async function waitForProducts(ids: ReadonlySet<string>, shop: Shop, region: RegionName, signals: Signals): Promise<void> {
  const endMs = performance.now() + CROSSING_TIMEOUT_MS;
  while (!(await shop.hasProducts(ids, signals))) {
    signals.stop.throwIfAborted();
    if (performance.now() > endMs) {
      throw new ApiError(`The catalogue has not come to ${region} within ${CROSSING_TIMEOUT_MS / 1_000} s: is the border open?`);
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal: signals.stop });
  }
}
