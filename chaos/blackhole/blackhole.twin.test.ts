/**
 * Goal: a border that lets connections stand and swallows what they carry, for longer than requests are waited for, stops nobody's work and loses nothing.
 * Method: swallow both directions; both regions go on writing, some of it to the same product; both workers must say that the peer does not answer, first while
 * they wait and then when they gave up; after more than a minute the border is mended, and without new traffic both sides must come to the same, with nothing left.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { balance } from '../checkers/ledger.ts';
import { isFull } from '../effort.ts';
import { converge } from '../twin/convergence.ts';
import { openShopIn } from '../twin/shop.ts';
import { openTwin } from '../twin/twin.ts';

const OUTAGE_MS = 75_000;
const WRITE_EVERY_MS = 1_000;
const CONVERGE_WITHIN_MS = 60_000;
const directions = ['world-china', 'china-world'] as const;
const twin = openTwin(process.env['SIM_DIR']);

/** What each direction says of itself, once it says something else than it did. */
function createListener(): { look(): Promise<void>; heard: Record<(typeof directions)[number], string[]> } {
  const heard: Record<(typeof directions)[number], string[]> = { 'world-china': [], 'china-world': [] };
  return {
    heard,
    async look() {
      const { sync } = await twin.status();
      for (const direction of directions) {
        const said = `${sync[direction].state} ${sync[direction].reason ?? ''}`;
        if (heard[direction].at(-1) !== said) heard[direction].push(said);
      }
    },
  };
}

test.runIf(isFull(process.env))(
  'a border that swallows everything for more than a minute costs nothing that was acknowledged',
  async () => {
    const status = await twin.status();
    const databases = { world: status.regions.world.databaseUrl, china: status.regions.china.databaseUrl };
    const shops = [await openShopIn(twin, 'world', status), await openShopIn(twin, 'china', status)];
    const run = Date.now().toString(36).toUpperCase();
    const listener = createListener();
    await twin.sim('fault', 'cut', 'border', '--blackhole');
    try {
      for (const end = Date.now() + OUTAGE_MS; Date.now() < end; await wait(WRITE_EVERY_MS)) {
        const round = shops.map((shop, index) =>
          shop.bulk(
            [`BH-${run}`, `BH-${run}-${index}-${shop.ledger.length}`].map((sku) => ({
              sku,
              name: 'a black hole',
              amountMinor: 1 + shop.ledger.length,
              pricedAt: new Date(1_300_000_000_000 + shop.ledger.length * 1_000).toISOString(),
            })),
          ),
        );
        // A write that took longer than its time, or was refused, ends the test: the border is none of its business.
        await Promise.all(round);
        await listener.look();
      }
    } finally {
      await twin.sim('fault', 'heal', 'border');
    }
    for (const direction of directions) {
      const said = listener.heard[direction].join('\n');
      expect(said).toContain('stalled border_silent: the peer does not answer');
      // Given up, and probed since: the error stands behind the meaning.
      expect(said).toMatch(/stalled border_silent: the peer does not answer \(/);
    }
    const { contents, residue } = await converge(twin, databases, CONVERGE_WITHIN_MS);
    expect(residue).toEqual({});
    const { world, china } = contents;
    expect(world.rows).toEqual(china.rows);
    const writes = shops.flatMap((shop) => shop.ledger);
    expect(balance(writes, [...world.live, ...china.live], [...world.losers, ...china.losers]).unaccounted).toEqual([]);
  },
  OUTAGE_MS + 180_000,
);
