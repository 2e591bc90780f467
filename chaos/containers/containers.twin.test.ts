/**
 * Goal: a container that dies or stands still is shown as that, does to its clients what a machine does, comes back when it is healed, and costs nothing
 * that was acknowledged.
 * Method: on a twin in Docker, break the containers of a database, of LocalStack, of Toxiproxy and, with --image, of the services by the names of what they
 * offer, while products are written at the world's front; show status and the writes, heal, and balance every acknowledged write.
 */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { nothingLost, takeAccount } from '../twin/account.ts';
import { openShopIn, type Shop } from '../twin/shop.ts';
import { openTwin } from '../twin/twin.ts';

const twin = openTwin(process.env['SIM_DIR']);
const run = Date.now().toString(36).toUpperCase();
const PATIENT = { timeout: 60_000, interval: 300 };
const CONVERGE_MS = 60_000;
const LONG = 300_000;

let world: Shop | undefined;
let skus = 0;

beforeAll(async () => {
  const status = await twin.status();
  if (status.mode === 'docker') world = await openShopIn(twin, 'world', status);
}, LONG);
beforeEach(({ skip }) => {
  if (world === undefined) skip('nothing of this twin runs in containers');
});
afterEach(async () => {
  await twin.sim('fault', 'heal');
}, LONG);

/** Writes a product; answers once it is acknowledged. */
async function write(): Promise<void> {
  const sku = `CO-${run}-${(skus += 1)}`;
  await world?.bulk([{ sku, name: `containers ${sku}`, amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
}

const acknowledged = (): number => world?.ledger.length ?? 0;

async function stateOf(name: string): Promise<string | undefined> {
  const { components, regions } = await twin.status();
  return components[name]?.state ?? regions.world.services['catalog']?.state;
}

/** What a write is told while it is broken; LocalStack alone is not needed for one. */
const broken = [
  { name: 'world:postgres', fails: true },
  { name: 'toxiproxy', fails: true },
  { name: 'world:queue', fails: false },
  { name: 'world-services', fails: true },
];

test.each(broken)(
  'killed: $name is shown as dead, and comes back with all that was acknowledged',
  async ({ name, fails }) => {
    await write();
    await twin.sim('fault', 'kill', name);
    expect(await stateOf(name)).toBe('exited');
    if (fails) await expect(write()).rejects.toThrow();
    else await write();
    await twin.sim('fault', 'heal');
    expect(await stateOf(name)).toBe('running');
    const before = acknowledged();
    await expect.poll(() => write().then(acknowledged, acknowledged), PATIENT).toBeGreaterThan(before);
    expect(await takeAccount(twin, world === undefined ? [] : [world], CONVERGE_MS)).toEqual(nothingLost);
  },
  LONG,
);

test(
  'stopped: a write waits for a database that stands still, and is answered when it goes on',
  async () => {
    await twin.sim('fault', 'stop', 'world:postgres');
    expect(await stateOf('world:postgres')).toBe('frozen');
    const before = acknowledged();
    const outcome = write().then(
      () => 'acknowledged',
      () => 'refused',
    );
    await expect.poll(() => stateOf('world:postgres'), PATIENT).toBe('frozen');
    expect(acknowledged()).toBe(before);
    await twin.sim('fault', 'continue', 'world:postgres');
    expect(await stateOf('world:postgres')).toBe('running');
    // Whichever it was, it is accounted for.
    expect(['acknowledged', 'refused']).toContain(await outcome);
    await expect.poll(() => write().then(acknowledged, acknowledged), PATIENT).toBeGreaterThan(before);
    expect(await takeAccount(twin, world === undefined ? [] : [world], CONVERGE_MS)).toEqual(nothingLost);
  },
  LONG,
);
