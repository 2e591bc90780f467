import type { Seller } from '#contracts/invoice.ts';
import type { Region } from '#contracts/regions.ts';

/** Who sells in a region, as invoices name it. */
export const sellers: Readonly<Record<Region, Seller>> = {
  world: {
    name: 'Made in World Ltd',
    lines: ['1 Example Yard'],
    city: 'London',
    postcode: 'E1 6AN',
    country: 'GB',
    taxNumber: 'GB000000000',
  },
  china: {
    name: '世界制造（上海）有限公司',
    lines: ['示例路1号'],
    city: '上海',
    postcode: '200000',
    country: 'CN',
    taxNumber: '91310000000000000X',
  },
};
