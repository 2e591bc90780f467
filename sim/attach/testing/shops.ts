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

/** Signs in at both fronts, one after the other, by codes that come to the mail server of `mailUrl`. */
export async function openShops(sim: Sim, mailUrl: string): Promise<Shops> {
  const { regions } = await sim.status();
  const open = async (region: Region): Promise<Shop> => {
    const front = regions[region]?.gatewayUrl ?? '';
    return openShop(front, await signIn(front, mailUrl, staffAddress));
  };
  const opened = { world: await open('world'), china: await open('china') };
  let count = 0;
  return {
    async write(region) {
      const sku = `${region}-${(count += 1)}`;
      await opened[region].bulk([{ sku, name: 'A product', amountMinor: count, pricedAt: new Date().toISOString() }]);
      return sku;
    },
    async skus(region) {
      return (await opened[region].products()).map(({ sku }) => sku);
    },
  };
}
