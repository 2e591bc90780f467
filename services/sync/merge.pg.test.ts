import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { applyGroups } from './ingest/apply.ts';
import { reviveOverdue } from './ingest/parked.ts';
import { inTransaction } from './ingest/transaction.ts';
import { classify } from './reconcile/classify.ts';
import type { HeldStamp } from './reconcile/messages.ts';
import { readStamps } from './reconcile/ranges.repository.ts';
import { log } from './testing/border.ts';
import { mergedPolicies, openMerged, ticket } from './testing/merged.ts';
import { applyItems, ship, takeItems, type Answer, type TestRegion } from './testing/regions.ts';

const TICKET = 'catalog.ticket';
let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;
let id: string;

beforeAll(async () => {
  ({ world, china, close } = await openMerged());
});
afterAll(async () => close?.());
beforeEach(async () => {
  id = randomUUID();
  for (const region of [world, china]) await region.owner.query('DELETE FROM sync.outbox');
});

const open = (region: TestRegion, views = 1, state = 'new'): Promise<unknown> =>
  region.catalog.query(`INSERT INTO catalog.ticket (id, title, views, state) VALUES ($1, 'first', $2, $3)`, [id, views, state]);
const change = (region: TestRegion, set: string): Promise<unknown> =>
  region.catalog.query(`UPDATE catalog.ticket SET ${set} WHERE id = $1`, [id]);
const remove = (region: TestRegion): Promise<unknown> => region.catalog.query('DELETE FROM catalog.ticket WHERE id = $1', [id]);
const items = async (region: TestRegion, entity = TICKET): Promise<string[]> => (await takeItems(region)).get(entity) ?? [];

/** The next write gets a greater stamp than any before, whichever side writes it. Stamps round milliseconds, and follow each other within one. */
async function later(): Promise<void> {
  const now = Date.now();
  while (Date.now() <= now + 2) await setImmediate();
}

/** All that a region holds of the key: the row or the tombstone, with stamp and parts. */
async function held(region: TestRegion): Promise<Record<string, unknown>[]> {
  const { rows } = await region.owner.query<{ state: Record<string, unknown> }>(
    `SELECT to_jsonb(t) - 'note' AS state FROM catalog.ticket t WHERE id = $1
     UNION ALL SELECT to_jsonb(g) - 'confirmed_at' FROM sync.tombstone g WHERE key = $1::text`,
    [id],
  );
  return rows.map(({ state }) => state);
}
async function bothHold(): Promise<Record<string, unknown>> {
  const [here, there] = [await held(world), await held(china)];
  expect(here).toEqual(there);
  expect(here).toHaveLength(1);
  return here[0] ?? {};
}
async function conflicts(region: TestRegion): Promise<string[]> {
  const { rows } = await region.owner.query<{ text: string }>(
    `SELECT part || ': ' || winner_origin || ' over ' || loser_origin || ', ' || rule AS text FROM sync.conflict WHERE key = $1 ORDER BY 1`,
    [id],
  );
  return rows.map(({ text }) => text);
}
/** Both sides have changed; each gets what the other had read before it came. */
async function cross(): Promise<[inChina: Answer[], inWorld: Answer[]]> {
  const [fromWorld, fromChina] = [await items(world), await items(china)];
  return [await applyItems(china, TICKET, fromWorld), await applyItems(world, TICKET, fromChina)];
}
const applied = [{ ordinal: 1, outcome: 'applied', reason: null }];

describe('groups', () => {
  test('edits of different groups on both sides are both kept, without a conflict or a pointer of the join', async () => {
    await open(world);
    await ship(world, china);
    await change(world, `title = 'from the world'`);
    await change(china, `assignee = 'Li'`);
    expect(await cross()).toEqual([applied, applied]);
    expect(await bothHold()).toMatchObject({ title: 'from the world', assignee: 'Li' });
    expect([await conflicts(world), await conflicts(china), await items(world), await items(china)]).toEqual([[], [], [], []]);
  });

  test('edits of one group on both sides: the later one stays, the other is kept in a record on both sides', async () => {
    await open(world);
    await ship(world, china);
    await change(world, `title = 'from the world'`);
    await later();
    await change(china, `body = 'from China'`);
    expect((await cross()).map(([answer]) => answer?.reason)).toEqual(['lost', 'won']);
    expect(await bothHold()).toMatchObject({ title: 'first', body: 'from China' });
    for (const region of [world, china]) expect(await conflicts(region)).toEqual(['content: china#1 over world#1, part-last-writer-wins']);
  });

  test('what stays home is neither stamped nor taken away', async () => {
    await open(world);
    await ship(world, china);
    await change(china, `note = 'ours'`);
    await change(world, `title = 'second'`);
    expect(await items(china)).toEqual([]);
    await ship(world, china);
    expect((await china.owner.query('SELECT title, note FROM catalog.ticket WHERE id = $1', [id])).rows).toEqual([
      { title: 'second', note: 'ours' },
    ]);
  });
});

describe('counters', () => {
  test('add up what both sides counted, whatever is delivered twice or late', async () => {
    await open(world, 10);
    await ship(world, china);
    await change(world, 'views = views + 5');
    const late = await items(world);
    await change(world, 'views = views - 2');
    await change(china, 'views = views + 100');
    await cross();
    for (const again of [late, late]) await applyItems(china, TICKET, again);
    expect(await bothHold()).toMatchObject({ views: 113 });
    expect([...(await conflicts(world)), ...(await conflicts(china))]).toEqual([]);
  });

  test('a row that is inserted over its tombstone shows what it says, and what was counted unseen still adds to it', async () => {
    await open(world, 10);
    await ship(world, china);
    await change(china, 'views = views + 20');
    await ship(china, world);
    await change(china, 'views = views + 7');
    await remove(world);
    await open(world, 3);
    expect(await held(world)).toMatchObject([{ views: 3 }]);
    await cross();
    expect(await bothHold()).toMatchObject({ views: 10 });
  });
});

describe('states', () => {
  test('the higher rank wins over the later write, with all that belongs to it, and the other is recorded', async () => {
    await open(world);
    await ship(world, china);
    await change(world, `state = 'done', reason = 'sold'`);
    await later();
    await change(china, `state = 'open', reason = 'asked'`);
    expect((await cross()).map(([answer]) => answer?.reason)).toEqual(['won', 'lost']);
    expect(await bothHold()).toMatchObject({ state: 'done', reason: 'sold' });
    expect(await conflicts(china)).toEqual(['progress: world#1 over china#1, part-higher-rank-wins']);
  });

  test('a rank does not fall: not by an update, and not by a row over the tombstone of one', async () => {
    await open(world);
    await change(world, `state = 'done'`);
    const refusal = { code: 'SY001' };
    await expect(change(world, `state = 'open'`)).rejects.toMatchObject(refusal);
    await change(world, `state = 'refused'`);
    await remove(world);
    await expect(open(world)).rejects.toMatchObject(refusal);
    await expect(open(world, 1, 'lost')).rejects.toMatchObject({ code: '23514' });
    await open(world, 1, 'done');
  });
});

describe('deletions', () => {
  test('a deletion after an edit of the other side keeps it in a record, part by part', async () => {
    await open(world);
    await ship(world, china);
    await change(china, `title = 'unseen', views = views + 1`);
    await change(china, `assignee = 'unseen'`);
    await later();
    await remove(world);
    await cross();
    expect(await bothHold()).toMatchObject({ held: { title: 'unseen', views: 2 } });
    expect(await conflicts(china)).toEqual([
      'content: world#1 over china#1, deletion-after-edit',
      'views: world#1 over china#1, deletion-after-edit',
      'work: world#1 over china#1, deletion-after-edit',
    ]);
  });

  test('an edit after a deletion of the other side keeps the row alive, and the deletion is recorded', async () => {
    await open(world);
    await ship(world, china);
    await remove(world);
    await later();
    await change(china, `title = 'later'`);
    expect((await cross()).map(([answer]) => answer?.reason)).toEqual(['lost', 'won']);
    expect(await bothHold()).toMatchObject({ title: 'later', views: 1 });
    expect(await conflicts(world)).toEqual(['$grave: china#1 over world#1, edit-after-deletion']);
  });

  test('a revival joins with what the deleting side had', async () => {
    await open(world);
    await ship(world, china);
    // China edits what the world has joined before it comes to nothing there.
    await change(china, `assignee = 'Li', views = views + 20`);
    await ship(china, world);
    await change(china, `title = 'unseen'`);
    const older = await items(china);
    await remove(world);
    const deletion = await items(world);
    await later();
    await change(china, `body = 'last'`);
    await applyItems(world, TICKET, older);
    await applyItems(china, TICKET, deletion);
    await ship(china, world);
    expect(await bothHold()).toMatchObject({ assignee: 'Li', title: 'unseen', body: 'last', views: 21 });
  });

  test('a row that is revived by an older item has what its tombstone held, though that item had not seen it', async () => {
    await open(world);
    await ship(world, china);
    await change(world, `assignee = 'Ann', views = views + 4`);
    await remove(world);
    await later();
    await change(china, `title = 'later'`);
    const [deletion, edit] = [await items(world), await items(china)];
    await applyItems(world, TICKET, edit);
    expect(await held(world)).toMatchObject([{ assignee: 'Ann', title: 'later', views: 5 }]);
    await applyItems(china, TICKET, deletion);
    expect(await bothHold()).toMatchObject({ assignee: 'Ann', title: 'later', views: 5 });
  });

  test('both sides delete: one tombstone, the other deletion in a record', async () => {
    await open(world);
    await ship(world, china);
    await remove(world);
    await later();
    await remove(china);
    await cross();
    await bothHold();
    expect(await conflicts(world)).toEqual(['$grave: china#1 over world#1, part-last-writer-wins']);
  });

  test('a row that others here need is revived with what it and its deletion held', async () => {
    await open(world);
    await ship(world, china);
    await change(china, `assignee = 'Li', views = views + 2`);
    await china.catalog.query('INSERT INTO catalog.comment (id, ticket_id, words) VALUES ($1, $2, $3)', [randomUUID(), id, 'why?']);
    await change(world, `title = 'before the end', views = views + 1`);
    await later();
    await remove(world);
    const [deletion, edit] = [await items(world), await items(china)];
    const deps = { pool: china.sync, policies: mergedPolicies, log };
    const answers = await inTransaction(china.sync, (client) => applyGroups({ ...deps, client }, [{ entity: TICKET, items: deletion }]));
    expect(answers).toEqual([[{ outcome: 'parked', reason: 'still_needed' }]]);
    expect(await reviveOverdue(deps, 0)).toBe(1);
    await ship(china, world);
    await applyItems(world, TICKET, edit);
    expect(await bothHold()).toMatchObject({ title: 'before the end', assignee: 'Li', views: 4 });
    expect(await conflicts(china)).toEqual(['$grave: china#1 over world#1, edit-after-deletion']);
  });
});

describe('reconciliation', () => {
  async function compared(): Promise<{ verdict: string; digests: number }> {
    const digests = new Set<unknown>();
    const stamps: HeldStamp[] = [];
    for (const region of [world, china]) {
      const { rows } = await region.sync.query<{ digest: string }>(
        `SELECT digest FROM sync.catalog_ticket_digests($1, '{}', $1, 0, false, 100000)`,
        [null],
      );
      digests.add(rows[0]?.digest);
      stamps.push(...(await readStamps(region.sync, ticket, { keys: [id] }, false)));
    }
    const standing = { collected: '0', filling: false, lagMs: 0, stalled: false, oldestMs: 0, backlog: 0 };
    return { verdict: classify(stamps[0], stamps[1], { own: standing, peer: standing }), digests: digests.size };
  }

  test.each([
    ['alive', async () => undefined],
    ['deleted', remove],
  ])('rows of one stamp, and of different parts, are found and pointed at on both sides: %s', async (_state, last) => {
    for (const region of [world, china])
      await region.owner.query('DELETE FROM catalog.comment; DELETE FROM catalog.ticket; DELETE FROM sync.tombstone');
    await open(world);
    await ship(world, china);
    await change(world, `assignee = 'Ann'`);
    await later();
    await change(china, `title = 'later'`);
    await last(china);
    const [lost, arrives] = [await items(world), await items(china)];
    await applyItems(world, TICKET, arrives);
    const [here, there] = [await held(world), await held(china)];
    expect([here[0]?.['version'], here[0]?.['origin']]).toEqual([there[0]?.['version'], there[0]?.['origin']]);
    expect(await compared()).toEqual({ verdict: 'both', digests: 2 });
    await applyItems(china, TICKET, lost);
    expect(await compared()).toEqual({ verdict: 'equal', digests: 1 });
  });
});
