/**
 * Goal: a process that dies, stands still, runs only while it is asked, or tells the wrong time is shown as that, does to its clients what it does in a cloud, comes
 * back when it is healed, and costs nothing that was acknowledged.
 * Method: on a twin that is up, break the world's processes by command while it is used through its front: idle, stopped, killed with and without its database, an hour
 * ahead; show what status says and what clients get, heal, and balance every acknowledged write in the end.
 */
import { afterEach, beforeAll, expect, test } from 'vitest';

import { readContents } from '../checkers/databases.ts';
import { nothingLost, takeAccount } from '../twin/account.ts';
import type { Sides } from '../twin/convergence.ts';
import { openShopIn, type Shop } from '../twin/shop.ts';
import { openTwin } from '../twin/twin.ts';

type Region = 'world' | 'china';
const twin = openTwin(process.env['SIM_DIR']);
const run = Date.now().toString(36).toUpperCase();
const PATIENT = { timeout: 60_000, interval: 300 };
const CONVERGE_MS = 60_000;
const LONG = 300_000;
const HOUR_MS = 3_600_000;
/** Whether a process stands still is told by Linux alone. */
const onLinux = test.runIf(process.platform === 'linux');

const shops: Shop[] = [];
let world: Shop;
let china: Shop;
/** What is killed comes back where it was. */
let databases: Sides;
let skus = 0;

async function open(region: Region): Promise<Shop> {
  const shop = await openShopIn(twin, region, await twin.status());
  shops.push(shop);
  return shop;
}

beforeAll(async () => {
  const { regions } = await twin.status();
  databases = { world: regions.world.databaseUrl, china: regions.china.databaseUrl };
  // One sign-in of an address at a time.
  world = await open('world');
  china = await open('china');
}, LONG);
afterEach(async () => {
  await twin.sim('fault', 'heal');
}, LONG);

/** Writes a product that nobody else touches; answers its stock code. */
async function write(shop: Shop): Promise<string> {
  const sku = `PR-${run}-${(skus += 1)}`;
  await shop.bulk([{ sku, name: `processes ${sku}`, amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
  return sku;
}

async function has(region: Region, sku: string): Promise<boolean> {
  const { rows } = await readContents(databases[region]);
  return [...rows.values()].some((content) => content.includes(`"${sku}"`));
}

const account = () => takeAccount(twin, shops, CONVERGE_MS);

/** How the processes stand that a fault is in force on. */
async function stricken(): Promise<{ name: string; state: string | undefined; signal: string | null | undefined }[]> {
  const { faults, processes } = await twin.status();
  return faults.map(({ target }) => ({ name: target, state: processes[target]?.state, signal: processes[target]?.signal }));
}
const states = async (): Promise<(string | undefined)[]> => [...new Set((await stricken()).map(({ state }) => state))];
const servicesStates = async (): Promise<string[]> => {
  const { services } = (await twin.status()).regions.world;
  return [...new Set(Object.values(services).map(({ state }) => state))];
};

onLinux(
  'idle: stands still between requests, wakes for each of its front and of its peer, and goes on',
  async () => {
    await twin.sim('fault', 'idle', 'world-services');
    await expect.poll(servicesStates, PATIENT).toEqual(['frozen']);
    await Promise.all(Array.from({ length: 6 }, () => write(world)));
    await expect.poll(states, PATIENT).toEqual(['frozen']);
    const sku = await write(china);
    await expect.poll(() => has('world', sku), PATIENT).toBe(true);
    await expect.poll(states, PATIENT).toEqual(['frozen']);
    await twin.sim('fault', 'continue', 'world-services');
    expect(await servicesStates()).toEqual(['running']);
    expect(await account()).toEqual(nothingLost);
  },
  LONG,
);

onLinux(
  'stopped: what is asked waits, and is answered when it continues',
  async () => {
    await twin.sim('fault', 'stop', 'world-services');
    await expect.poll(servicesStates, PATIENT).toEqual(['frozen']);
    let answered = false;
    const waiting = write(world).finally(() => (answered = true));
    const sku = await write(china);
    expect((await twin.status()).sync['world-china']).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/ is frozen$/) });
    expect([answered, await has('world', sku)]).toEqual([false, false]);
    await twin.sim('fault', 'continue', 'world-services');
    await waiting;
    expect(await servicesStates()).toEqual(['running']);
    await expect.poll(() => has('world', sku), PATIENT).toBe(true);
    await expect(twin.sim('fault', 'continue', 'world-services')).rejects.toThrow('no fault keeps world-services still');
    expect(await account()).toEqual(nothingLost);
  },
  LONG,
);

onLinux.each([
  { fault: 'idle', summary: 'idle: frozen between requests' },
  { fault: 'stop', summary: 'stopped (SIGSTOP)' },
])(
  '$fault holds over a restart and a rolling one, until it is healed',
  async ({ fault, summary }) => {
    // Of one process, whose id can be told from that of its successor.
    if ((await twin.status()).processes['world-services'] === undefined) return;
    await twin.sim('fault', fault, 'world-services');
    const still = async (): Promise<void> => {
      expect((await twin.status()).faults).toMatchObject([{ target: 'world-services', summary }]);
      await expect.poll(states, PATIENT).toEqual(['frozen']);
      expect(new Set(await servicesStates())).toEqual(new Set(['frozen']));
    };
    await still();
    for (const how of [['--rolling'], ['--rolling'], []]) {
      const before = (await twin.status()).processes['world-services']?.pid;
      await twin.sim('restart', 'world-services', ...how);
      await still();
      expect((await twin.status()).processes['world-services']?.pid).not.toBe(before);
    }
    if (fault === 'idle') await write(world);
    await still();
    await twin.sim('fault', 'continue', 'world-services');
    await write(world);
    expect(await servicesStates()).toEqual(['running']);
    expect(await account()).toEqual(nothingLost);
  },
  LONG,
);

test.each([
  { name: 'world-services', standing: 'stopped' },
  { name: 'world:postgres', standing: 'unknown' },
])(
  'killed: $name is shown as dead, and comes back with all that it acknowledged',
  async ({ name, standing }) => {
    // A container is no process of the twin's: chaos/containers.
    if (name === 'world:postgres' && (await twin.status()).mode !== 'embedded') return;
    let done = false;
    let refused = 0;
    const writing = (async () => {
      while (!done) await write(world).catch(() => (refused += 1));
    })();
    try {
      const before = world.ledger.length;
      await expect.poll(() => world.ledger.length, PATIENT).toBeGreaterThan(before + 5);
      await twin.sim('fault', 'kill', name);
      await expect.poll(states, PATIENT).toEqual(['exited']);
      const dead = await stricken();
      expect(new Set(dead.map(({ signal }) => signal))).toEqual(new Set(['SIGKILL']));
      const told = await twin.sim('status');
      for (const one of dead) expect(told).toContain(`${one.name} ended by SIGKILL.`);
      await expect.poll(async () => (await twin.status()).sync['world-china'].state, PATIENT).toBe(standing);
      await expect.poll(() => refused, PATIENT).toBeGreaterThan(0);

      await twin.sim('fault', 'heal');
      expect((await twin.status()).processes).toMatchObject(Object.fromEntries(dead.map((one) => [one.name, { state: 'running' }])));
      const since = world.ledger.length;
      await expect.poll(() => world.ledger.length, PATIENT).toBeGreaterThan(since + 5);
    } finally {
      done = true;
      await writing;
    }
    expect(await account()).toEqual(nothingLost);
  },
  LONG,
);

test(
  'a clock an hour ahead: tokens are over and signatures refused, over a restart too, and stamps are right; healed, all is as before',
  async () => {
    await write(world);
    await twin.sim('fault', 'clock', 'world-services', '--skew', '+1h');
    await expect(write(world)).rejects.toMatchObject({ status: 401, message: 'The access token has expired.' });
    const there = await write(china);
    const late = await open('world');
    const here = await write(late);
    // A version begins with 48 bits of milliseconds: those of the database, whose clock is right.
    expect(Number(BigInt(late.ledger[0]?.version ?? 0) >> 16n) - Date.now()).toBeLessThan(HOUR_MS / 2);
    for (const direction of ['world-china', 'china-world'] as const) {
      await expect
        .poll(async () => (await twin.status()).sync[direction], PATIENT)
        .toMatchObject({ state: 'stalled', reason: expect.stringContaining('signature_clock') });
    }
    expect([await has('china', here), await has('world', there)]).toEqual([false, false]);
    await twin.sim('restart', 'world:catalog', '--rolling');
    await expect(write(world)).rejects.toMatchObject({ status: 401, message: 'The access token has expired.' });

    await twin.sim('fault', 'heal');
    await write(world);
    await expect.poll(async () => [await has('china', here), await has('world', there)], PATIENT).toEqual([true, true]);
    expect(await account()).toEqual(nothingLost);
  },
  LONG,
);
