/**
 * Goal: a snapshot is one cut through both regions in which no acknowledged write is missing, and a load puts back exactly that.
 * Method: on a twin that is up, save while both regions are written to, and load: what was acknowledged before the save began must be live in both
 * regions, what was written after it must be gone, and nothing may be under way in the end. Then the same with pointers that wait in both queues before a
 * cut border: they must wait again after the load, and cross once it is mended. Then one region's database alone is put back, and heals as
 * docs/operations.md says. Last, a twin that is made anew starts from a snapshot, with the keys of the one that was saved.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { afterAll, expect, test } from 'vitest';

import { differences, readContents } from '../checkers/databases.ts';
import { balance, type AcknowledgedWrite } from '../checkers/ledger.ts';
import { converge, type Standing } from '../twin/convergence.ts';
import { openShopIn, type Shop } from '../twin/shop.ts';
import { openTwin } from '../twin/twin.ts';

const twin = openTwin(process.env['SIM_DIR']);
const run = `t${Date.now().toString(36)}`;
const [underLoad, waiting] = [`${run}-load`, `${run}-wait`];
const PATIENT = { timeout: 60_000, interval: 250 };
const regions = ['world', 'china'] as const;

afterAll(async () => {
  await twin.sim('fault', 'heal');
  for (const name of [underLoad, waiting]) await twin.sim('snapshot', 'remove', name).catch(() => undefined);
});

const save = async (name: string) => JSON.parse(await twin.sim('snapshot', 'save', name, '--json'));
const load = async (name: string, ...more: string[]) => JSON.parse(await twin.sim('snapshot', 'load', name, ...more, '--json'));

let made = 0;
/** Makes a product that nobody else touches, so that its write is live for ever or lost. */
async function write(shop: Shop): Promise<string> {
  const sku = `SN-${run}-${(made += 1)}`.toUpperCase();
  await shop.bulk([{ sku, name: `snapshot ${sku}`, amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
  return sku;
}

async function shops(): Promise<Shop[]> {
  const status = await twin.status();
  const opened: Shop[] = [];
  // One sign-in of an address at a time.
  for (const region of regions) opened.push(await openShopIn(twin, region, status));
  return opened;
}

async function settled(): Promise<Standing> {
  const found = (await twin.status()).regions;
  const standing = await converge(twin, { world: found.world.databaseUrl, china: found.china.databaseUrl }, 60_000);
  expect(differences(standing.contents.world, standing.contents.china)).toEqual([]);
  expect(standing.residue).toEqual({});
  return standing;
}

function lost(writes: readonly AcknowledgedWrite[], { contents }: Standing): readonly AcknowledgedWrite[] {
  return regions.flatMap((region) => balance(writes, contents[region].live, contents[region].losers).unaccounted);
}

async function has(region: 'world' | 'china', sku: string): Promise<boolean> {
  const found = (await twin.status()).regions;
  return [...(await readContents(found[region].databaseUrl)).rows.values()].some((content) => content.includes(`"${sku}"`));
}

async function mails(): Promise<string[]> {
  const { components } = await twin.status();
  const answer = await fetch(`${components['mail']?.url}/messages`);
  const { messages } = (await answer.json()) as { messages: { id: string }[] };
  expect(messages.length).toBeGreaterThan(0);
  return messages.map(({ id }) => id);
}

test('a save under load loses nothing that was acknowledged before, and a load is exactly that', async () => {
  const [world, china] = (await shops()) as [Shop, Shop];
  let ending = false;
  const writers = [world, china].map(async (shop) => {
    while (!ending) await write(shop);
  });
  await expect.poll(() => Math.min(world.ledger.length, china.ledger.length), PATIENT).toBeGreaterThan(5);
  const before = [...world.ledger, ...china.ledger];
  const mailed = await mails();
  const manifest = await save(underLoad);
  const during = world.ledger.length + china.ledger.length - before.length;
  ending = true;
  // Nobody is turned away: they wait a moment.
  await Promise.all(writers);
  expect(during).toBeGreaterThan(0);
  expect(manifest).toMatchObject({ name: underLoad, regions, mode: (await twin.status()).mode });
  const late = await Promise.all([world, china].map(write));
  await settled();

  await load(underLoad);
  const standing = await settled();
  expect(lost(before, standing)).toEqual([]);
  for (const sku of late) for (const region of regions) expect(await has(region, sku)).toBe(false);

  expect(await mails()).toEqual(mailed);
  // The tokens of before still open the shops, codes are mailed anew, and new versions are newer than all that was lost.
  for (const shop of [world, china, ...(await shops())]) {
    shop.ledger.length = 0;
    await write(shop);
    expect(lost(shop.ledger, await settled())).toEqual([]);
  }
}, 600_000);

test('what waits in the queues waits again after a load, and crosses when the border is mended', async () => {
  const [world, china] = (await shops()) as [Shop, Shop];
  await settled();
  await twin.sim('fault', 'cut', 'border');
  const skus = [await write(world), await write(china)];
  // The outbox is empty: the queues alone know of them.
  const depths = async () => {
    const { sync } = await twin.status();
    return regions
      .map((from) => sync[from === 'world' ? 'world-china' : 'china-world'])
      .map(({ outbox, queued }) => outbox === 0 && (queued ?? 0) > 0);
  };
  await expect.poll(depths, PATIENT).toEqual([true, true]);
  const { queued } = await save(waiting);
  for (const region of regions) expect(queued[region]).toBeGreaterThan(0);
  await twin.sim('fault', 'heal', 'border');
  await settled();

  await twin.sim('fault', 'cut', 'border');
  await load(waiting);
  await expect.poll(depths, PATIENT).toEqual([true, true]);
  expect([await has('china', skus[0] ?? ''), await has('world', skus[1] ?? '')]).toEqual([false, false]);
  await twin.sim('fault', 'heal', 'border');
  const standing = await settled();
  expect(lost([...world.ledger, ...china.ledger], standing)).toEqual([]);
}, 300_000);

test("one region's database alone is put back, its services run on, and it heals as an operator heals it", async () => {
  const pid = async (): Promise<unknown> => JSON.parse(await twin.sim('status', '--json')).regions.world.services.sync.pid;
  const [world] = (await shops()) as [Shop];
  const sku = await write(world);
  await settled();
  const served = await pid();
  await load(underLoad, '--region', 'world', '--only', 'database');
  expect(await pid()).toBe(served);
  expect([await has('world', sku), await has('china', sku)]).toEqual([false, true]);

  await node('sim/cli/main.ts', ['psql', 'world', '--role', 'migrator'], `SELECT sync.set_node('world', 2)`);
  await node('services/sync/cli/main.ts', ['reconcile', '--region', 'world', '--fill']);
  expect(lost(world.ledger, await settled())).toEqual([]);
  // A token is judged by its signature; the account that it names is that of the restored database.
  const [again] = (await shops()) as [Shop];
  await write(again);
  expect(again.ledger[0]?.origin).toBe('world#2');
  expect(lost(again.ledger, await settled())).toEqual([]);
}, 300_000);

test('a twin that is made anew starts from a snapshot, and the tokens of the one that was saved open it', async () => {
  const { mode } = await twin.status();
  await load(underLoad);
  const cached = JSON.parse(await twin.sim('token', '--json')) as Record<'world' | 'china', { accessToken: string }>;
  await twin.sim('up', '--fresh', `--${mode}`, '--snapshot', underLoad);
  const found = (await twin.status()).regions;
  for (const region of regions) {
    const answer = await fetch(`${found[region].gatewayUrl}/v1/products/bulk`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cached[region].accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ items: [] }),
    });
    // An empty list is refused for what it is, a token of other keys before that.
    expect([401, 403]).not.toContain(answer.status);
  }
  const opened = await shops();
  for (const shop of opened) await write(shop);
  expect(
    lost(
      opened.flatMap((shop) => shop.ledger),
      await settled(),
    ),
  ).toEqual([]);
}, 600_000);

/** Runs a command line of the project as a user does. */
function node(script: string, args: readonly string[], input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(`../../${script}`, import.meta.url)), ...args], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(said).toString();
      if (code === 0 && !text.includes('ERROR')) resolve();
      else reject(new Error(`${script} ${args.join(' ')} ended with ${code}\n${text}`));
    });
    child.stdin.end(input);
  });
}
