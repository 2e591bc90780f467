/**
 * Goal: a snapshot is loaded whatever is broken at the time, and what a payment provider knows and what clocks show are part of it.
 * Method: on a twin that is up, load under each fault that no service could be started under, and under some that may stay; then shops must open in both
 * regions, and the faults in force must be those that may stay. Save with a clock that is ahead, heal it and load; then load what knows of no such clock. Pay
 * at the sandbox, save, pay again, kill the sandbox and load: what was paid before the save can be looked up and paid back, what was paid after it is unknown.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { createHttpProvider } from '#order/payments/http-provider.ts';
import { providerSecretName } from '#order/payments/wire.ts';
import { createLogger } from '#platform/log.ts';
import { checkoutDir } from '#sim/paths.ts';

import { openShopIn } from '../twin/shop.ts';
import { openTwin } from '../twin/twin.ts';

const simDir = process.env['SIM_DIR'];
const twin = openTwin(simDir);
const run = `t${Date.now().toString(36)}`;
const [plain, skewed, paid] = [`${run}-plain`, `${run}-skewed`, `${run}-paid`];
const regions = ['world', 'china'] as const;

const save = (name: string) => twin.sim('snapshot', 'save', name, '--json');
const load = async (name: string) => JSON.parse(await twin.sim('snapshot', 'load', name, '--json'));
const fault = (...args: readonly string[]) => twin.sim('fault', ...args);
const inForce = async () => (await twin.status()).faults.map(({ kind, target }) => `${kind} ${target}`);

/** Signs in and writes, in both regions: every service answers. */
async function open(): Promise<void> {
  const status = await twin.status();
  for (const region of regions) {
    const shop = await openShopIn(twin, region, status);
    await shop.bulk([{ sku: `SF-${randomUUID()}`, name: 'of a loaded twin', amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
  }
}

beforeAll(() => save(plain), 120_000);
afterEach(() => fault('heal'));
afterAll(async () => {
  for (const name of [plain, skewed, paid]) await twin.sim('snapshot', 'remove', name).catch(() => undefined);
});

test.each(['world-postgres', 'china-cloud'])('is not saved while %s stands still, and tells what to heal', async (name) => {
  await fault('stop', name);
  await expect(save(`${run}-none`)).rejects.toThrow(/sim -- fault heal f\d+/);
  await fault('heal');
  expect(await inForce()).toEqual([]);
});

test.each([
  [['clock', 'china-services', '--skew', '-1h'], 'clock china-services'],
  [['database', 'china', 'exhaust'], 'database-exhaust china:postgres'],
  [['database', 'world', 'read-only'], 'database-read-only world:postgres'],
  [['secret', 'world', 'deny', 'database/catalog'], 'secret-deny world:secrets'],
  [['cut', 'china:postgres'], 'cut china:postgres'],
  [['cut', 'world:secrets', '--blackhole'], 'cut world:secrets'],
])(
  'is loaded under %j, which is healed for it',
  async (args, told) => {
    await fault(...args);
    expect(await inForce()).toEqual([told]);
    const { healed } = await load(plain);
    expect(healed.map(({ kind, target }: Record<string, string>) => `${kind} ${target}`)).toEqual([told]);
    expect(await inForce()).toEqual([]);
    await open();
  },
  120_000,
);

test('is loaded where a process was killed whose clock lets it not start', async () => {
  await fault('clock', 'china-services', '--skew', '-1h');
  await fault('kill', 'china-services');
  expect((await load(plain)).healed).toHaveLength(2);
  expect(await inForce()).toEqual([]);
  await open();
}, 120_000);

test('is loaded under what may stay, and that stays', async () => {
  await fault('cut', 'border', 'world:queue', 'china:queue', 'world:payments', 'china:mail', 'china:auth');
  await fault('queue', 'china', 'drop', '--share', '50%');
  const before = await inForce();
  expect(before).toHaveLength(8);
  expect((await load(plain)).healed).toEqual([]);
  expect(await inForce()).toEqual(before);
  await fault('heal');
  await open();
}, 120_000);

test('puts the clocks back that were ahead, and those that were not', async () => {
  await fault('clock', 'china-services', '--skew', '+10m');
  await fault('clock', 'world-services', '--skew', '+2m', '--for', '1h');
  const ahead = (await twin.status()).faults;
  await save(skewed);
  await fault('heal');
  await fault('clock', 'world-services', '--skew', '-1m');

  expect((await load(skewed)).clocksLeft).toEqual([]);
  const restored = (await twin.status()).faults;
  expect(restored.map(({ kind, target, summary }) => ({ kind, target, summary }))).toEqual(
    ahead.map(({ kind, target, summary }) => ({ kind, target, summary })),
  );
  expect(await aheadMs()).toBeGreaterThan(9 * 60_000);

  await load(plain);
  expect(await inForce()).toEqual([]);
  expect(await aheadMs()).toBeLessThan(60_000);
  await open();
}, 180_000);

/** How far China's clock is ahead, by when it says that a token was made: a load forgets those of before. */
async function aheadMs(): Promise<number> {
  const { china } = JSON.parse(await twin.sim('token', '--json'));
  const { iat } = JSON.parse(Buffer.from(china.accessToken.split('.')[1], 'base64url').toString());
  return iat * 1000 - Date.now();
}

test('holds what was paid, and what a killed sandbox is asked it still knows', async () => {
  const [before, after] = [randomUUID(), randomUUID()];
  const money = { amountMinor: 100, currency: 'CNY' };
  expect(await (await provider()).start(before, money, 'card-ok')).toBe('captured');
  await save(paid);
  expect(await (await provider()).start(after, money, 'card-ok')).toBe('captured');
  await fault('kill', 'china-payments');
  await fault('heal');
  expect(await (await provider()).lookUp(after)).toBe('captured');

  await load(paid);
  const loaded = await provider();
  expect([await loaded.lookUp(before), await loaded.lookUp(after)]).toEqual(['captured', 'absent']);
  expect(await loaded.refund(randomUUID(), before, money)).toBe('done');
}, 180_000);

/** China's sandbox, where it is now. */
async function provider() {
  const { components } = await twin.status();
  const secrets = JSON.parse(readFileSync(join(simDir ?? join(checkoutDir, '.sim'), 'secrets', 'china.json'), 'utf8'));
  const { apiKey } = JSON.parse(secrets[providerSecretName]);
  return createHttpProvider({
    url: components['china:payments']?.url ?? '',
    apiKey: async () => apiKey,
    timeoutMs: 5_000,
    log: createLogger({ level: 'silent', region: 'china' }),
  });
}
