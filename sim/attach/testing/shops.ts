import { openShop, signIn, type Shop } from '#chaos/twin/shop.ts';
import { staffAddress } from '../../topology/environment.ts';
import type { Region } from '../../topology/regions.ts';
import type { Sim } from './sim.ts';

/** What a client does at the fronts of a twin. */
export interface Shops {
  /** Writes a product that is not there yet; answers its number once the write is acknowledged. */
  write(region: Region): Promise<string>;
  /** The numbers of all products that a region shows. */
  skus(region: Region): Promise<string[]>;
}

/** Signs in at a front when it is first used, by a code that came to the mail server of `mailUrl`. */
export function openShops(sim: Sim, mailUrl: string): Shops {
  const opened = new Map<Region, Promise<Shop>>();
  let count = 0;
  async function open(region: Region): Promise<Shop> {
    const front = (await sim.status()).regions[region]?.gatewayUrl ?? '';
    return openShop(front, await signIn(front, mailUrl, staffAddress));
  }
  function shopIn(region: Region): Promise<Shop> {
    const shop = opened.get(region) ?? open(region);
    opened.set(region, shop);
    return shop;
  }
  return {
    async write(region) {
      const sku = `${region}-${(count += 1)}`;
      const shop = await shopIn(region);
      await shop.bulk([{ sku, name: 'A product', amountMinor: count, pricedAt: new Date().toISOString() }]);
      return sku;
    },
    async skus(region) {
      const shop = await shopIn(region);
      return (await shop.products()).map(({ sku }) => sku);
    },
  };
}
