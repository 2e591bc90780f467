/**
 * Goal: what waited in a queue that lost its messages is not lost.
 * Method: cut the border, write in the world, take the whole twin down and up again (its queues live in memory), and restart the process of a
 * queue while something waits in it; each time the other region must have every write in the end, and nothing may be left under way.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { differences, readContents } from '../checkers/databases.ts';
import { openShopIn, type Shop } from '../twin/shop.ts';
import { openTwin, type Twin } from '../twin/twin.ts';

const twin = openTwin(process.env['SIM_DIR']);

const worldShop = async (): Promise<Shop> => openShopIn(twin, 'world', await twin.status());

async function write(shop: Shop, sku: string): Promise<void> {
  await shop.bulk([{ sku, name: `lost queue ${sku}`, amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
}

async function queued(on: Twin): Promise<number> {
  return (await on.status()).sync['world-china'].queued ?? 0;
}

async function untilEqual(skus: readonly string[]): Promise<void> {
  for (const end = Date.now() + 40_000; Date.now() < end; await wait(200)) {
    const { regions } = await twin.status();
    const [world, china] = await Promise.all([readContents(regions.world.databaseUrl), readContents(regions.china.databaseUrl)]);
    const there = [...china.rows.values()].filter((content) => skus.some((sku) => content.includes(`"${sku}"`))).length;
    if (there === skus.length && differences(world, china).length === 0) return;
  }
  throw new Error('the regions still differ 40 s after the border was mended');
}

test('writes that waited when their queue ended arrive all the same', async () => {
  const run = Date.now().toString(36).toUpperCase();
  await twin.sim('fault', 'cut', 'border');
  await write(await worldShop(), `LQ-${run}-DOWN`);
  await expect.poll(() => queued(twin), { timeout: 20_000 }).toBeGreaterThan(0);
  const { mode } = await twin.status();
  await twin.sim('down');
  await twin.sim('up', `--${mode}`);
  await untilEqual([`LQ-${run}-DOWN`]);

  if (mode === 'embedded') {
    await twin.sim('fault', 'cut', 'border');
    await write(await worldShop(), `LQ-${run}-RESTART`);
    await expect.poll(() => queued(twin), { timeout: 20_000 }).toBeGreaterThan(0);
    await twin.sim('restart', 'world-cloud');
    await twin.sim('fault', 'heal', 'border');
    await untilEqual([`LQ-${run}-DOWN`, `LQ-${run}-RESTART`]);
  }
}, 240_000);
