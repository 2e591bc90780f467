import type { Money } from '#contracts/values.ts';
import { createRegionClient } from '#client/index.ts';

import type { ServicesRig } from './rig.ts';

const A_BATCH = 1_000;
const PRICE: Money = { amountMinor: 295, currency: 'GBP' };
const colours = ['red', 'white', 'blue', 'ivory', 'pink', 'green', 'black', 'silver'];
const motifs = ['heart', 'star', 'owl', 'rose', 'retrospot', 'union flag', 'paisley', 'robin', 'cherry', 'woodland'];
const things = [
  't-light holder',
  'mug',
  'lunch bag',
  'cushion cover',
  'doormat',
  'cake tin',
  'alarm clock',
  'photo frame',
  'bunting',
  'lantern',
];
const pick = <Item>(list: readonly Item[], n: number): Item => {
  const item = list[n % list.length];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
};

/** The name of the n-th product: words that repeat as a shop's do. */
export const nameOf = (n: number): string => `${pick(colours, n)} ${pick(motifs, Math.floor(n / 8))} ${pick(things, Math.floor(n / 80))}`;

/** Writes `count` products through the catalogue at `url`, as its staff does, and answers their ids. */
export async function fillShelves(rig: ServicesRig, url: string, count: number): Promise<string[]> {
  const { catalog } = createRegionClient({ baseUrl: url, token: () => rig.staff.token });
  const ids: string[] = [];
  for (let from = 0; from < count; from += A_BATCH) {
    const items = Array.from({ length: Math.min(A_BATCH, count - from) }, (_, n) => ({
      sku: `B${String(from + n).padStart(5, '0')}`,
      name: nameOf(from + n),
      price: PRICE,
      pricedAt: '2026-01-01T00:00:00.000000Z',
    }));
    const { body } = await catalog.applyBulk({ body: { items } });
    for (const { id, status } of body.results) {
      if (id === null || status === 'rejected') throw new Error('a product was rejected');
      ids.push(id);
    }
  }
  await rig.server.pool.query('VACUUM ANALYZE');
  return ids;
}
