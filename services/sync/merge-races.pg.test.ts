import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openMerged } from './testing/merged.ts';
import { applyItems, ship, takeItems, type TestRegion } from './testing/regions.ts';

const TICKET = 'catalog.ticket';
let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ world, china, close } = await openMerged());
});
afterAll(async () => close?.());

test('an insert over a tombstone that was joined with more meanwhile is to be tried again, and then counts it', async () => {
  const id = randomUUID();
  const insert = (): Promise<unknown> => world.catalog.query('INSERT INTO catalog.ticket (id, views) VALUES ($1, 3)', [id]);
  await insert();
  await ship(world, china);
  await china.catalog.query('UPDATE catalog.ticket SET views = views + 7 WHERE id = $1', [id]);
  const counted = (await takeItems(china)).get(TICKET) ?? [];
  await world.catalog.query('DELETE FROM catalog.ticket WHERE id = $1', [id]);
  // The deletion is the later one, whatever the clock said.
  await world.owner.query(
    `UPDATE sync.tombstone SET version = version + (1 << 20), held = jsonb_set(held, '{$p,$grave,1}', to_jsonb(version + (1 << 20))) WHERE key = $1`,
    [id],
  );
  await world.owner.query(`
    CREATE FUNCTION catalog.pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END';
    CREATE TRIGGER pause AFTER INSERT ON catalog.ticket FOR EACH ROW EXECUTE FUNCTION catalog.pause()`);
  const holding = await world.owner.connect();
  await holding.query('SELECT pg_advisory_lock(4711)');
  const inserting = insert().then(
    () => 'inserted',
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : 'other'),
  );
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  await expect.poll(async () => (await world.owner.query(waiting)).rowCount).toBe(1);
  expect((await applyItems(world, TICKET, counted)).map(({ reason }) => reason)).toEqual(['lost']);
  await holding.query('SELECT pg_advisory_unlock(4711)');
  holding.release();
  expect(await inserting).toBe('40001');
  await insert();
  await ship(world, china);
  for (const region of [world, china]) {
    const { rows } = await region.owner.query(
      `SELECT views, parts #> '{$counters,views,china#1,0}' AS china FROM catalog.ticket WHERE id = $1`,
      [id],
    );
    expect(rows).toEqual([{ views: '3', china: 7 }]);
  }
});
