import { afterEach, beforeEach, expect, test } from 'vitest';

import { openRegion, type TestRegion } from '../testing/regions.ts';
import { inTransaction } from './transaction.ts';

let region: TestRegion;
beforeEach(async () => {
  region = await openRegion('china');
});
afterEach(async () => region.close());

const letters = async (): Promise<number | null> => (await region.owner.query('SELECT FROM sync.dead_letter')).rowCount;
const LETTER = `INSERT INTO sync.dead_letter (entity, key, version, reason) VALUES ('a.b', 'k', 1, 'constraint')`;

test('what was committed is there', async () => {
  await inTransaction(region.sync, (client) => client.query(LETTER));
  expect(await letters()).toBe(1);
});

test('a transaction in which an error was passed over is not taken for committed', async () => {
  const passedOver = inTransaction(region.sync, async (client) => {
    await client.query(LETTER);
    await client.query('SELECT 1 / 0').catch(() => undefined);
    return 'answered';
  });
  await expect(passedOver).rejects.toThrow('rolled back');
  expect(await letters()).toBe(0);
});

test('an error of the work rolls back, and the connection serves on', async () => {
  const failing = inTransaction(region.sync, async (client) => {
    await client.query(LETTER);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await letters()).toBe(0);
  await inTransaction(region.sync, (client) => client.query(LETTER));
  expect(await letters()).toBe(1);
});
