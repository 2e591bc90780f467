import { afterAll, beforeAll, expect, test } from 'vitest';

import { randomUUID } from 'node:crypto';

import { openMerged, mergedPolicies } from '../testing/merged.ts';
import { applyItems, takeItems, type TestRegion } from '../testing/regions.ts';
import { compareStretch, readStandings, type Found, type Sides } from './compare.ts';
import { createOwnSide, type OwnSide } from './side.ts';
import { settle, type Settled } from './settle.ts';

const ENTITY = 'catalog.ticket';
let both: Awaited<ReturnType<typeof openMerged>>;
let sides: Sides;
beforeAll(async () => {
  both = await openMerged();
  const sideOf = ({ sync }: TestRegion): OwnSide =>
    createOwnSide({ pool: sync, policies: mergedPolicies, queued: async () => 0, publish: async () => undefined });
  // No border between: what is tested is what the sides say.
  sides = { own: sideOf(both.world), peer: sideOf(both.china) };
});
afterAll(() => both.close());

const options = { entity: ENTITY, deep: false };

async function pass(): Promise<{ found: Found; settled: Settled }> {
  const standings = await readStandings(sides, ENTITY);
  const found = await compareStretch(sides, options, standings, null);
  const clock = { now: () => Date.now(), wait: async () => undefined };
  const settled = await settle(sides, options, standings, found, {
    clock,
    signal: new AbortController().signal,
    dryRun: false,
    fill: false,
    alive: async () => undefined,
  });
  return { found, settled };
}

async function deliver(): Promise<void> {
  for (const [from, to] of [
    [both.world, both.china],
    [both.china, both.world],
  ] as const) {
    for (const [entity, items] of await takeItems(from)) await applyItems(to, entity, items);
  }
}

const parts = async (region: TestRegion, id: string): Promise<unknown> =>
  (await region.owner.query('SELECT title, assignee, views, version, origin, parts FROM catalog.ticket WHERE id = $1', [id])).rows[0];

test('rows that are merged by parts are compared by the stamps of their parts, and joined from both sides', async () => {
  const id = randomUUID();
  await both.world.catalog.query(`INSERT INTO catalog.ticket (id, title, assignee) VALUES ($1, 't', 'a')`, [id]);
  await deliver();
  expect((await pass()).found.differences).toEqual([]);
  // Each side writes a part of its own, and both are lost.
  await both.world.catalog.query(`UPDATE catalog.ticket SET title = 'of the world', views = views + 2 WHERE id = $1`, [id]);
  await both.china.catalog.query(`UPDATE catalog.ticket SET assignee = 'of China', views = views + 3 WHERE id = $1`, [id]);
  for (const region of [both.world, both.china]) await region.owner.query('DELETE FROM sync.outbox');
  expect((await pass()).settled).toMatchObject({ pointed: 1, asked: 1, inFlight: 0 });
  await deliver();
  expect(await parts(both.world, id)).toMatchObject({ title: 'of the world', assignee: 'of China', views: '5' });
  expect(await parts(both.china, id)).toEqual(await parts(both.world, id));
  expect((await pass()).found.differences).toEqual([]);
});

test('one greatest stamp with different parts behind it is a difference', async () => {
  const id = randomUUID();
  await both.world.catalog.query(`INSERT INTO catalog.ticket (id, title, assignee) VALUES ($1, 't', 'a')`, [id]);
  await deliver();
  await both.china.catalog.query(`UPDATE catalog.ticket SET assignee = 'lost' WHERE id = $1`, [id]);
  await both.china.owner.query('DELETE FROM sync.outbox');
  await both.world.catalog.query(`UPDATE catalog.ticket SET title = 'later' WHERE id = $1`, [id]);
  await deliver();
  expect(await parts(both.china, id)).toMatchObject({ title: 'later', assignee: 'lost', version: await versionOf(both.world, id) });
  expect((await pass()).settled).toMatchObject({ pointed: 1, asked: 1 });
  await deliver();
  expect(await parts(both.china, id)).toEqual(await parts(both.world, id));
});

const versionOf = async (region: TestRegion, id: string): Promise<string> =>
  (await region.owner.query<{ version: string }>('SELECT version FROM catalog.ticket WHERE id = $1', [id])).rows[0]?.version ?? '';
