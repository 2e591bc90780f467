/**
 * Goal: a region that is added later is filled with all that the other one holds, while that is written to.
 * Method: on a twin of its own run the world alone, import the sample, and lose what waited for the region that is not there (its queue lives in memory);
 * add China, writing to the world all the while; wait, without new traffic, until both databases are equal; then take everything down and up again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { differences, readContents, type Contents } from '../checkers/databases.ts';
import { importSample } from '../partition/import-sample.ts';
import { openShop, signIn, type Shop } from '../twin/shop.ts';
import { openTwin, type Twin } from '../twin/twin.ts';

const CONVERGE_MS = 60_000;
const checkAlone = Compile(
  Type.Object({
    runs: Type.Array(Type.String()),
    regions: Type.Object({ world: Type.Object({ gatewayUrl: Type.String(), databaseUrl: Type.String() }) }),
    components: Type.Object({ mail: Type.Object({ url: Type.String() }) }),
    sync: Type.Object({ 'world-china': Type.Object({ state: Type.String() }) }),
  }),
);
const checkFilled = Compile(
  Type.Object({
    runs: Type.Array(Type.String()),
    reconcile: Type.Object({ china: Type.Object({ state: Type.String(), fill: Type.Boolean(), asked: Type.Number() }) }),
  }),
);

let folder: string;
let twin: Twin;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madeinworld-fill-'));
  twin = openTwin(join(folder, 'sim'));
});
afterAll(async () => {
  await twin.sim('down', '--wipe');
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const statusText = (): Promise<unknown> => twin.sim('status', '--json').then((text) => JSON.parse(text));

/** Writes to ten products again and again, and adds some, until it is told to stop; answers how often. */
async function write(shop: Shop, until: AbortSignal): Promise<number> {
  let written = 0;
  for (; !until.aborted; written += 1) {
    const [product] = (await shop.products()).slice(written % 10);
    if (product !== undefined) await shop.setPrice(product, 100_000 + written);
    const sku = `FILL-${written % 5}`;
    await shop.bulk([
      { sku, name: 'written during the fill', amountMinor: written, pricedAt: new Date(Date.UTC(2020, 0, 1) + written).toISOString() },
    ]);
  }
  return written;
}

async function untilEqual(): Promise<{ world: Contents; china: Contents }> {
  for (const end = Date.now() + CONVERGE_MS; ; await wait(250)) {
    const { regions } = await twin.status();
    const [world, china] = await Promise.all([readContents(regions.world.databaseUrl), readContents(regions.china.databaseUrl)]);
    if (differences(world, china).length === 0 || Date.now() > end) return { world, china };
  }
}

test('a world alone takes writes, and a China that is added later gets all of them', async () => {
  await twin.sim('up', '--region', 'world');
  const alone = checkAlone.Parse(await statusText());
  expect(alone.runs).toEqual(['world']);
  await importSample(twin, join(folder, 'acknowledged.ndjson'));
  await expect.poll(async () => checkAlone.Parse(await statusText()).sync['world-china'].state, { timeout: 30_000 }).toBe('stalled');
  // Nothing that waited is left: China can get it from the tables alone.
  await twin.sim('restart', 'world-cloud');

  const shop = openShop(
    alone.regions.world.gatewayUrl,
    await signIn(alone.regions.world.gatewayUrl, alone.components.mail.url, twin.staffAddress),
  );
  const enough = new AbortController();
  const writing = write(shop, enough.signal);
  await twin.sim('up');
  await expect.poll(async () => checkFilled.Parse(await statusText()).reconcile.china.state, { timeout: CONVERGE_MS }).toBe('done');
  enough.abort();
  expect(await writing).toBeGreaterThan(0);

  const filled = checkFilled.Parse(await statusText());
  expect(filled).toMatchObject({ runs: ['world', 'china'], reconcile: { china: { fill: true } } });
  expect(filled.reconcile.china.asked).toBeGreaterThan(50);
  const { world, china } = await untilEqual();
  expect(differences(world, china)).toEqual([]);
  expect(china.rows.size).toBeGreaterThan(100);

  await twin.sim('down');
  await twin.sim('up');
  expect(checkFilled.Parse(await statusText()).runs).toEqual(['world', 'china']);
  const again = await untilEqual();
  expect(differences(again.world, again.china)).toEqual([]);
  expect(again.china.rows.size).toBe(china.rows.size);
}, 240_000);
