import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { P1, product } from '../testing/border.ts';
import { loseAll } from '../testing/delivery.ts';
import { openReconciling, type Reconciling } from '../testing/reconciling.ts';
import { insertRun, type Run } from './runs.repository.ts';

let open: Reconciling;
beforeEach(async () => {
  open = await openReconciling();
});
afterEach(async () => open?.close());

const latest = async (): Promise<Run | undefined> => (await open.reconciler.runs(1))[0];
const held = async (table: string): Promise<number> => (await open.world.owner.query(`SELECT FROM catalog.${table}`)).rowCount ?? 0;
/** A row of China's that never came. */
async function lostProduct(): Promise<void> {
  await product(open.china, P1, 'A');
  await loseAll(open.china);
}
/** As a peer that does not know any entity. */
const knowsNothing = (text: string): string => text.replaceAll('"known":true', '"known":false');

test('a fill goes on until what it asked for has arrived, however many passes that takes', async () => {
  await lostProduct();
  open.onWait = async () => {
    if (((await latest())?.pass ?? 0) > 11) await open.deliver();
  };
  const run = await open.reconcile({ fill: true });
  expect([run.state, run.pass > 11, await held('product')]).toEqual(['done', true, 1]);
});

test('a fill does not end while the peer does not know an entity, and says so', async () => {
  const reasons = new Set<string | null>();
  open.onAnswer = knowsNothing;
  open.onWait = async () => {
    const run = await latest();
    reasons.add(run?.reason ?? null);
    if ((run?.pass ?? 0) > 5) open.onAnswer = undefined;
  };
  const run = await open.reconcile({ fill: true });
  expect([run.state, run.reason, [...reasons]]).toEqual(['done', null, [expect.stringMatching(/^the peer does not know catalog\./)]]);
});

test('what is no fill ends, and says what it left out', async () => {
  open.onAnswer = knowsNothing;
  expect(await open.reconcile()).toMatchObject({ state: 'done', reason: expect.stringMatching(/^the peer does not know catalog\./) });
});

test('a fill that was taken up halfway looks at everything once more', async () => {
  const pool = open.world.sync;
  const run = await insertRun(pool, { peer: 'china', entity: null, dryRun: false, deep: false, fill: true }, randomUUID());
  await pool.query(`UPDATE sync.reconcile_run SET state = 'interrupted', at_entity = 'catalog.product' WHERE id = $1`, [run?.id]);
  await open.china.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'a', 'a')`, [P1]);
  await loseAll(open.china);
  open.onWait = open.deliver;
  expect(await open.reconciler.resume(run?.id ?? '')).toBe(true);
  await open.reconciler.idle();
  expect([(await latest())?.state, await held('category')]).toEqual(['done', 1]);
});

test('a region is filled as a whole', async () => {
  await expect(open.reconciler.startReconcile({ fill: true, entity: 'catalog.product' })).rejects.toThrow(/as a whole/);
});
