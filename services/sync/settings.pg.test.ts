import { afterEach, beforeEach, expect, test } from 'vitest';

import { openRegion, type TestRegion } from './testing/regions.ts';

let region: TestRegion;

beforeEach(async () => {
  region = await openRegion('world');
});
afterEach(async () => region?.close());

test('settings have defaults, are read in their type, and only their owner changes them', async () => {
  const { rows } = await region.sync.query(
    `SELECT sync.setting_ms('tombstone_horizon_ms') AS ms, sync.setting_interval('parked_expiry_ms')::text AS interval`,
  );
  expect(rows).toEqual([{ ms: '2592000000', interval: '336:00:00' }]);
  await expect(region.sync.query(`SELECT sync.setting_ms('no_such_ms')`)).rejects.toThrow(/no setting no_such_ms/);
  await expect(region.owner.query(`UPDATE sync.setting SET value = '-1' WHERE name = 'parked_expiry_ms'`)).rejects.toThrow(/check/);
  await expect(region.sync.query(`UPDATE sync.setting SET value = '1' WHERE name = 'parked_expiry_ms'`)).rejects.toThrow(
    /permission denied/,
  );
  const stranger = region.catalog.query(`SELECT sync.setting_ms('tombstone_horizon_ms')`);
  await expect(stranger).rejects.toThrow(/permission denied/);
});
