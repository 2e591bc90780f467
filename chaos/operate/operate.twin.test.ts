/**
 * Goal: operators see and change sync by its command line alone, as docs/operations.md says.
 * Method: on a twin that is up, pause a direction and write; the write waits, over a restart of the services too, and arrives once the direction is
 * resumed; its way is told by both regions. Then a write that the other side's table refuses becomes a dead letter, and arrives by a redrive once
 * that is mended.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { readContents } from '../checkers/databases.ts';
import { openShopIn, type Shop } from '../twin/shop.ts';
import { openTwin } from '../twin/twin.ts';

const twin = openTwin(process.env['SIM_DIR']);
const main = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Runs a command line of the project as a user does. */
function run(script: string, args: readonly string[], input = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main(script), ...args], { env: process.env, stdio: 'pipe' });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
    child.stdin.end(input);
  });
}

async function sync(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('services/sync/cli/main.ts', args);
  if (code !== 0) throw new Error(`sync ${args.join(' ')} ended with ${code}\n${stderr}`);
  return stdout;
}

const json = async (...args: string[]) => JSON.parse(await sync(...args, '--json'));
const sql = async (region: string, text: string): Promise<void> => {
  const { code, stderr } = await run('sim/cli/main.ts', ['psql', region, '--role', 'migrator'], text);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('ERROR')]);
};
const PATIENT = { timeout: 60_000, interval: 250 };

const worldShop = async (): Promise<Shop> => openShopIn(twin, 'world', await twin.status());

async function inChina(sku: string): Promise<boolean> {
  const { regions } = await twin.status();
  return [...(await readContents(regions.china.databaseUrl)).rows.values()].some((content) => content.includes(`"${sku}"`));
}

test('a paused direction keeps what is written, and a trace tells its way', async () => {
  const sku = `OP-${Date.now().toString(36).toUpperCase()}`;
  await sync('pause', '--region', 'world', '--reason', 'a test');
  try {
    await expect.poll(async () => (await json('status', '--region', 'world')).world.direction.state, PATIENT).toBe('paused');
    const shop = await worldShop();
    await shop.bulk([{ sku, name: `operate ${sku}`, amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
    const key = shop.ledger[0]?.key ?? '';
    await twin.sim('restart', 'world-services');
    await expect
      .poll(async () => (await json('status', '--region', 'world')).world.direction, PATIENT)
      .toMatchObject({
        state: 'paused',
        paused: { reason: 'a test' },
        queued: expect.toSatisfy((queued: number) => queued > 0),
      });
    expect(await inChina(sku)).toBe(false);
    expect((await twin.status()).sync['world-china']).toMatchObject({ state: 'paused' });

    await sync('resume', '--region', 'world', '--reason', 'the test goes on');
    await expect.poll(() => inChina(sku), PATIENT).toBe(true);
    const steps = async () =>
      (await json('trace', key)).events.map(({ region, step }: { region: string; step: string }) => `${region} ${step}`);
    await expect
      .poll(steps, PATIENT)
      .toEqual(expect.arrayContaining(['world committed', 'world published', 'world posted', 'china applied', 'world answered']));
    const { regions } = await json('trace', key);
    expect(regions.china.present).toEqual(regions.world.present);
    const [resumed, paused] = (await json('audit', '--region', 'world', '--limit', '2')).world;
    expect([paused, resumed]).toMatchObject([
      { action: 'pause', reason: 'a test' },
      { action: 'resume', reason: 'the test goes on' },
    ]);
  } finally {
    await run('services/sync/cli/main.ts', ['resume', '--region', 'world']);
  }
}, 240_000);

test('what the other side refuses is redriven once that is mended', async () => {
  const sku = `OPR-${Date.now().toString(36).toUpperCase()}`;
  const constraint = `refused_${Date.now().toString(36)}`;
  await sql('china', `ALTER TABLE catalog.product ADD CONSTRAINT ${constraint} CHECK (sku <> '${sku}') NOT VALID;`);
  const shop = await worldShop();
  await shop.bulk([{ sku, name: `operate ${sku}`, amountMinor: 1, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
  const key = shop.ledger[0]?.key ?? '';
  const letters = async (): Promise<{ id: string; reason: string; side: string }[]> =>
    (await json('dead-letters', '--region', 'world', '--key', key)).world;
  await expect.poll(letters, PATIENT).toMatchObject([{ reason: 'constraint', side: 'sent' }]);
  const [letter] = await letters();
  await sql('china', `ALTER TABLE catalog.product DROP CONSTRAINT ${constraint};`);
  await sync('redrive', letter?.id ?? '', '--region', 'world', '--reason', 'the constraint is gone');
  await expect.poll(() => inChina(sku), PATIENT).toBe(true);
  expect(await letters()).toEqual([]);
  const again = await run('services/sync/cli/main.ts', ['redrive', letter?.id ?? '', '--region', 'world']);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining(`world has no dead letter ${letter?.id}`)]);
}, 240_000);
