/**
 * Goal: a queue that breaks its promise, a database that refuses and a secret store that denies each do what they say and no more; what they did is told; and
 * when they are healed nothing is lost. Secrets are rotated without a failed request.
 * Method: on a twin that is up, in both regions: put a fault in force by its command, show it by what the services do, heal it and show that too. Every
 * write that was acknowledged must be accounted for in the end.
 */
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

import { differences, readContents } from '../checkers/databases.ts';
import { balance, type AcknowledgedWrite } from '../checkers/ledger.ts';
import { converge, type Sides } from '../twin/convergence.ts';
import { openShop, signIn, type Shop } from '../twin/shop.ts';
import { openTwin } from '../twin/twin.ts';

type Region = 'world' | 'china';
const regions = ['world', 'china'] as const;
/** The direction that a region sends in. */
const outOf = (region: Region) => (region === 'world' ? 'world-china' : 'china-world');
const peerOf = (region: Region): Region => (region === 'world' ? 'china' : 'world');
const twin = openTwin(process.env['SIM_DIR']);
const PATIENT = { timeout: 60_000, interval: 300 };
const CONVERGE_MS = 90_000;
const LONG = 600_000;

const writes: AcknowledgedWrite[] = [];
let tokens: Record<Region, string>;
let skus = 0;

let known: Promise<Record<Region, string>> | undefined;

/** Asked once a run of the twin: the command line is a process of its own each time, and a front that is restarted comes back where it was. */
function fronts(): Promise<Record<Region, string>> {
  known ??= twin.status().then(({ regions: found }) => ({ world: found.world.gatewayUrl, china: found.china.gatewayUrl }));
  return known;
}

async function databases(): Promise<Sides> {
  const { regions: found } = await twin.status();
  return { world: found.world.databaseUrl, china: found.china.databaseUrl };
}

async function newToken(region: Region): Promise<string> {
  const { components } = await twin.status();
  return signIn((await fronts())[region], components['mail']?.url ?? '', twin.staffAddress);
}

async function shopIn(region: Region): Promise<Shop> {
  return openShop((await fronts())[region], tokens[region]);
}

const newSku = (): string => `FT-${Date.now().toString(36).toUpperCase()}-${(skus += 1)}`;

/** Writes one product a request, so that each goes its own way; answers their stock codes. */
async function write(region: Region, count: number): Promise<string[]> {
  const shop = await shopIn(region);
  const written: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const sku = newSku();
    await shop.bulk([{ sku, name: `faults ${sku}`, amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
    written.push(sku);
  }
  writes.push(...shop.ledger);
  return written;
}

async function arrived(region: Region, written: readonly string[]): Promise<string[]> {
  const { rows } = await readContents((await databases())[region]);
  const all = [...rows.values()].join('\n');
  return written.filter((sku) => all.includes(`"${sku}"`));
}

/** What a request to the region's products is answered with. */
async function statusOf(region: Region, method: 'GET' | 'POST'): Promise<number> {
  const sku = newSku();
  const item = { sku, name: `faults ${sku}`, price: { amountMinor: 1, currency: 'GBP' }, pricedAt: '2020-01-01T00:00:00.000000Z' };
  const url = `${(await fronts())[region]}/v1/products`;
  const headers = { authorization: `Bearer ${tokens[region]}`, 'content-type': 'application/json' };
  const response = await (method === 'GET'
    ? fetch(`${url}?limit=1`, { headers })
    : fetch(`${url}/bulk`, { method: 'POST', headers, body: JSON.stringify({ items: [item] }) }));
  await response.arrayBuffer();
  return response.status;
}

/** Of the two numbers in a summary: how many messages or reads were struck. */
async function healed(name: string): Promise<{ struck: number; seen: number; summary: string }> {
  const { healed: list } = JSON.parse(await twin.sim('fault', 'heal', name, '--json'));
  const summary = String(list.at(-1)?.summary);
  const [, struck, seen] = /(\d+) of (\d+)/.exec(summary) ?? [];
  return { struck: Number(struck), seen: Number(seen), summary };
}

async function expectNothingLost(): Promise<void> {
  const standing = await converge(twin, await databases(), CONVERGE_MS);
  const { world, china } = standing.contents;
  expect(differences(world, china)).toEqual([]);
  expect(balance(writes, [...world.live, ...china.live], [...world.losers, ...china.losers]).unaccounted).toEqual([]);
}

/** One that is under way already - a restart of a queue asks for one - is waited for, and another one is made. */
async function reconcile(region: Region): Promise<void> {
  const main = fileURLToPath(new URL('../../services/sync/cli/main.ts', import.meta.url));
  const attempt = (): Promise<number | null> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [main, 'reconcile', '--region', region], { env: process.env, stdio: 'ignore' });
      child.on('error', reject);
      child.on('close', resolve);
    });
  await expect.poll(attempt, { timeout: CONVERGE_MS, interval: 1_000 }).toBe(0);
}

beforeAll(async () => {
  tokens = { world: await newToken('world'), china: await newToken('china') };
}, LONG);
afterEach(async () => {
  await twin.sim('fault', 'heal');
}, LONG);

describe.each(regions)('the queue of %s', (region) => {
  test(
    'loses what it acknowledged, and reconcile brings it back',
    async () => {
      await twin.sim('fault', 'queue', region, 'drop', '--share', '60%', '--seed', '5');
      const written = await write(region, 12);
      await expect.poll(async () => (await twin.status()).sync[outOf(region)].outbox, PATIENT).toBe(0);
      const { struck, seen } = await healed(`${region}:queue`);
      expect(struck).toBeGreaterThan(0);
      expect(seen).toBeGreaterThan(struck);
      // Nothing is on its way any more, and yet something is missing.
      await expect.poll(async () => (await twin.status()).sync[outOf(region)].queued, PATIENT).toBe(0);
      const there = await arrived(peerOf(region), written);
      expect(there.length).toBeLessThan(written.length);
      await reconcile(region);
      await expect.poll(() => arrived(peerOf(region), written), PATIENT).toEqual(written);
      await expectNothingLost();
    },
    LONG,
  );

  test(
    'delivers twice, and nothing happens twice',
    async () => {
      await twin.sim('fault', 'queue', region, 'duplicate');
      const written = await write(region, 5);
      await expect.poll(() => arrived(peerOf(region), written), PATIENT).toEqual(written);
      const { struck, seen } = await healed(`${region}:queue`);
      expect([struck, seen > 0]).toEqual([seen, true]);
      await expectNothingLost();
    },
    LONG,
  );

  test(
    'delivers late, and what is late is told as under way',
    async () => {
      await twin.sim('fault', 'queue', region, 'delay', '--delay', '20s');
      const written = await write(region, 2);
      const { struck } = await healed(`${region}:queue`);
      expect(struck).toBeGreaterThan(0);
      expect(await arrived(peerOf(region), written)).toEqual([]);
      expect((await twin.status()).sync[outOf(region)].queued).toBeGreaterThan(0);
      await expect.poll(() => arrived(peerOf(region), written), PATIENT).toEqual(written);
      await expectNothingLost();
    },
    LONG,
  );

  test(
    'stays broken over a restart of its process',
    async () => {
      await twin.sim('fault', 'queue', region, 'drop');
      await twin.sim('restart', `${region}-cloud`);
      // A restart asks for a comparison; what is written after it is not in that.
      await expectNothingLost();
      const written = await write(region, 2);
      const { struck, seen } = await healed(`${region}:queue`);
      expect([struck, seen > 0]).toEqual([seen, true]);
      await reconcile(region);
      await expect.poll(() => arrived(peerOf(region), written), PATIENT).toEqual(written);
      await expectNothingLost();
    },
    LONG,
  );
});

describe.each(regions)('the database of %s', (region) => {
  test.each(['read-only', 'exhaust'])(
    '%s: is so, also after it was restarted, and status still sees; heals',
    async (action) => {
      const { mode } = await twin.status();
      await twin.sim('fault', 'database', region, action);
      expect(await statusOf(region, 'POST')).toBeGreaterThanOrEqual(500);
      if (action === 'read-only') expect(await statusOf(region, 'GET')).toBe(200);
      else expect(await statusOf(region, 'GET')).toBeGreaterThanOrEqual(500);
      expect((await twin.status()).sync[outOf(region)].outbox).not.toBeNull();
      if (mode === 'embedded') {
        await twin.sim('restart', `${region}-postgres`);
        expect(await statusOf(region, 'POST')).toBeGreaterThanOrEqual(500);
      }
      await twin.sim('fault', 'heal', `${region}:postgres`);
      await expect.poll(() => statusOf(region, 'POST'), PATIENT).toBe(200);
      await expectNothingLost();
    },
    LONG,
  );
});

test(
  'no fault of a database survives into the next run',
  async () => {
    const { mode } = await twin.status();
    await twin.sim('fault', 'database', 'world', 'read-only');
    await twin.sim('fault', 'database', 'china', 'exhaust');
    await twin.sim('down');
    await twin.sim('up', `--${mode}`);
    known = undefined;
    for (const region of regions) expect(await statusOf(region, 'POST')).toBe(200);
    await expectNothingLost();
  },
  LONG,
);

test.each(regions)(
  'the secret store of %s denies: who needs a secret does not start, and starts when it is healed',
  async (region) => {
    await twin.sim('fault', 'secret', region, 'deny', 'database/catalog');
    await expect(twin.sim('restart', `${region}-services`)).rejects.toThrow(/ended with 1/);
    const { struck, seen } = await healed(`${region}:secrets`);
    expect(struck).toBeGreaterThan(0);
    // The others were read.
    expect(seen).toBeGreaterThan(struck);
    await twin.sim('restart', `${region}-services`);
    await expect.poll(() => statusOf(region, 'POST'), PATIENT).toBe(200);
    await expectNothingLost();
  },
  LONG,
);

test(
  'secrets are rotated, and no request fails before, meanwhile or after',
  async () => {
    const env = Object.fromEntries((await twin.sim('exec', '--', 'env')).split('\n').map((line) => line.split(/=(.*)/s)));
    const manager = new SecretsManagerClient({
      endpoint: env['AWS_ENDPOINT_URL_SECRETS_MANAGER'],
      region: 'eu-west-1',
      credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID'], secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] },
    });
    const loginAt = async (VersionStage: string): Promise<{ username: string; password: string }> => {
      const { SecretString } = await manager.send(new GetSecretValueCommand({ SecretId: 'madeinworld/database/catalog', VersionStage }));
      return JSON.parse(SecretString ?? '');
    };
    const connect = async ({ username, password }: { username: string; password: string }): Promise<void> => {
      const url = new URL((await databases()).world);
      const client = new pg.Client({
        host: url.hostname,
        port: Number(url.port),
        database: url.pathname.slice(1),
        user: username,
        password,
      });
      await client.connect();
      await client.end();
    };
    const before = await loginAt('AWSCURRENT');

    let done = false;
    const failures: unknown[] = [];
    let requests = 0;
    const ask = async (region: Region, method: 'GET' | 'POST'): Promise<void> => {
      requests += 1;
      const status = await statusOf(region, method).catch((error: unknown) => String(error));
      if (status !== 200) failures.push([region, method, status]);
    };
    const asking = (async () => {
      for (let round = 0; !done; round += 1) {
        // Every now and then many at once, so that connections are made that were not there.
        const many = round % 4 === 0 ? 12 : 1;
        await Promise.all(
          regions.flatMap((region) => Array.from({ length: many }, () => [ask(region, 'GET'), ask(region, 'POST')]).flat()),
        );
        await wait(250);
      }
    })();

    // Not the border's keys: their old one is forgotten when no nonce of its is kept any more, some ten minutes later. `keys.pg.test.ts` rotates those.
    const roles = ['migrator', 'auth', 'users', 'catalog', 'inventory', 'orders', 'notification', 'sync'];
    const names = [...roles.map((role) => `database/${role}`), 'auth/signing-keys'];
    const rotations = regions.flatMap((region) =>
      names.map((name) => twin.sim('fault', 'secret', region, 'rotate', name, '--overlap', '10s', '--json')),
    );
    const rotated = (await Promise.all(rotations)).flatMap((text) => JSON.parse(text));
    expect(rotated).toHaveLength(2 * names.length);
    const old = tokens;
    const kidOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
    for (const region of regions) {
      // What was signed with the key before is good still; what is signed now is signed with the new one, once auth has read it (it keeps secrets for a minute).
      expect(await statusOf(region, 'GET')).toBe(200);
      const signedNow = async (): Promise<string> => {
        tokens = { ...tokens, [region]: await newToken(region) };
        return kidOf(tokens[region]);
      };
      await expect.poll(signedNow, { timeout: 120_000, interval: 25_000 }).not.toBe(kidOf(old[region]));
      expect(await statusOf(region, 'GET')).toBe(200);
    }
    done = true;
    await asking;
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);

    expect(await loginAt('AWSPREVIOUS')).toEqual(before);
    await connect(await loginAt('AWSCURRENT'));
    await expect(connect(before)).rejects.toMatchObject({ code: '28P01' });
    manager.destroy();
    for (const region of regions) await write(region, 2);
    await expectNothingLost();
  },
  LONG,
);
