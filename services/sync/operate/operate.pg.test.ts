import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { C1, changes, P1, P2, parked, product, skus } from '../testing/border.ts';
import { ACTOR, openOperators, type Operators } from '../testing/operators.ts';
import { applyItems, openBoth, takeItems, type TestRegion } from '../testing/regions.ts';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;
let atWorld: Operators;
let atChina: Operators;

beforeEach(async () => {
  ({ world, china, close } = await openBoth());
  [atWorld, atChina] = await Promise.all([openOperators(world), openOperators(china)]);
});
afterEach(async () => {
  await Promise.all([atWorld?.app.close(), atChina?.app.close()]);
  await close?.();
});

const because = { reason: 'as the test wants it' };
const audit = async (region: TestRegion): Promise<unknown[]> =>
  (await region.owner.query('SELECT actor, action, subject, reason FROM sync.audit ORDER BY id')).rows;

/** Something parked in China: a product whose category has not come. */
async function parkOne(): Promise<{ entity: string; key: string }> {
  await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'lamps', 'Lamps')`, [C1]);
  await takeItems(world);
  await product(world, P1, 'A', { category: C1 });
  for (const { entity, items } of await changes(world)) await applyItems(china, entity, items);
  expect(await parked(china)).toEqual([{ key: P1, reason: 'missing_parent' }]);
  return { entity: 'catalog.product', key: P1 };
}

async function sendCategory(): Promise<void> {
  const { rows } = await world.sync.query<{ item: string }>('SELECT item FROM sync.catalog_category_read($1)', [[C1]]);
  await applyItems(
    china,
    'catalog.category',
    rows.map(({ item }) => item),
  );
}

async function bury(region: TestRegion, key: string, version: string): Promise<string> {
  const { rows } = await region.sync.query<{ id: string }>(
    `INSERT INTO sync.dead_letter (entity, key, version, reason) VALUES ('catalog.product', $1, $2, 'constraint') RETURNING id`,
    [key, version],
  );
  return rows[0]?.id ?? '';
}

describe('who may', () => {
  const routes: ['GET' | 'POST', string][] = [
    ['GET', '/v1/sync/status'],
    ['GET', '/v1/sync/conflicts'],
    ['GET', '/v1/sync/conflicts/1'],
    ['GET', '/v1/sync/parked'],
    ['GET', '/v1/sync/dead-letters'],
    ['GET', '/v1/sync/audit'],
    ['GET', `/v1/sync/trace?key=${P1}`],
    ['GET', '/v1/sync/reconcile'],
    ['GET', '/v1/sync/reconcile/1/findings'],
    ['POST', '/v1/sync/reconcile'],
    ['POST', '/v1/sync/reconcile/1/resume'],
    ['POST', '/v1/sync/reconcile/1/cancel'],
    ['POST', '/v1/sync/pause'],
    ['POST', '/v1/sync/resume'],
    ['POST', '/v1/sync/parked/release'],
    ['POST', '/v1/sync/parked/discard'],
    ['POST', '/v1/sync/dead-letters/1/redrive'],
    ['POST', '/v1/sync/dead-letters/1/discard'],
  ];

  test('administrators, and nobody else, whatever the route', async () => {
    for (const [method, url] of routes) {
      const body = method === 'POST' ? because : undefined;
      expect([url, (await atWorld.call(method, url, undefined, body)).status]).toEqual([url, 401]);
      expect([url, (await atWorld.call(method, url, 'customer', body)).status]).toEqual([url, 403]);
      expect([url, (await atWorld.call(method, url, 'catalogue', body)).status]).toEqual([url, 403]);
    }
    expect((await atWorld.call('GET', '/v1/sync/status', 'admin')).status).toBe(200);
    expect(await audit(world)).toEqual([]);
  });

  test('every route of the API is in that list', async () => {
    const listed = new Set(routes.map(([method, url]) => `${method} ${url.replace(/\?.*/, '').replace(/\/1(?=\/|$)/, '/:id')}`));
    const printed = atWorld.app.printRoutes({ commonPrefix: false });
    expect(printed.match(/\b(GET|POST)\b/g)?.length).toBe(listed.size + 2);
  });

  test('with a token of this region that has not expired', async () => {
    const asked = async (token: string) => {
      const response = await atWorld.app.inject({ url: '/v1/sync/status', headers: { authorization: `Bearer ${token}` } });
      return [response.statusCode, response.json().detail];
    };
    expect(await asked(await atWorld.tokenOf('admin', { region: 'china' }))).toEqual([401, 'The access token is not valid here.']);
    expect(await asked(await atWorld.tokenOf('admin', { expires: '-1m' }))).toEqual([401, 'The access token has expired.']);
  });
});

describe('status', () => {
  test('tells what waits, and a pause with who and why', async () => {
    await product(world, P1, 'A');
    await bury(world, P2, '1');
    expect((await atWorld.call('GET', '/v1/sync/status', 'admin')).body).toMatchObject({
      region: 'world',
      direction: { name: 'world-china', state: 'idle', outbox: 1, queued: 3, lagP50Ms: null, paused: null },
      parked: 0,
      deadLetters: 1,
    });
    await atWorld.call('POST', '/v1/sync/pause', 'admin', because);
    expect((await atWorld.call('GET', '/v1/sync/status', 'admin')).body.direction).toMatchObject({
      state: 'paused',
      reason: 'paused: as the test wants it',
      paused: { by: ACTOR, reason: because.reason },
    });
  });

  test('calls it a stall when changes stay in the outbox', async () => {
    await product(world, P1, 'A');
    await world.owner.query(`UPDATE sync.outbox SET created_at = now() - interval '1 minute'`);
    const { direction } = (await atWorld.call('GET', '/v1/sync/status', 'admin')).body;
    expect(direction).toMatchObject({ state: 'stalled', outbox: 1 });
    expect(direction.reason).toMatch(/^publishing: /);
    expect(direction.outboxOldestMs).toBeGreaterThan(59_000);
  });
});

describe('pause and resume', () => {
  test('are told to the loop, audited, and refused twice', async () => {
    expect((await atWorld.call('POST', '/v1/sync/resume', 'admin', because)).status).toBe(404);
    expect((await atWorld.call('POST', '/v1/sync/pause', 'admin', because)).status).toBe(200);
    expect((await atWorld.call('POST', '/v1/sync/pause', 'admin', because)).status).toBe(409);
    await world.sync.query(`INSERT INTO sync.direction (peer, state, reason) VALUES ('china', 'paused', 'x')`);
    expect((await atWorld.call('POST', '/v1/sync/resume', 'admin', because)).body.direction.state).toBe('running');
    expect(atWorld.poked()).toBe(2);
    const row = { actor: ACTOR, subject: { peer: 'china' }, reason: because.reason };
    expect(await audit(world)).toEqual([
      { ...row, action: 'pause' },
      { ...row, action: 'resume' },
    ]);
  });

  test('want a reason', async () => {
    for (const body of [undefined, {}, { reason: ' ' }, { reason: 'x'.repeat(501) }, { reason: 'x', more: 1 }]) {
      expect((await atWorld.call('POST', '/v1/sync/pause', 'admin', body)).status).toBe(400);
    }
  });
});

describe('parked items', () => {
  test('are listed with what they wait for, and released when they can be applied', async () => {
    const at = await parkOne();
    const { body } = await atChina.call('GET', '/v1/sync/parked', 'admin');
    expect(body.items).toMatchObject([
      { ...at, reason: 'missing_parent', waitsFor: { entity: 'catalog.category', key: C1 }, origin: 'world#1' },
    ]);
    expect(JSON.stringify(body)).not.toContain('sku');
    expect((await atChina.call('POST', '/v1/sync/parked/release', 'admin', { ...at, ...because })).body).toEqual({
      outcome: 'parked',
      reason: 'missing_parent',
    });
    await sendCategory();
    expect((await atChina.call('POST', '/v1/sync/parked/release', 'admin', { ...at, ...because })).body).toMatchObject({
      outcome: 'applied',
    });
    expect(await skus(china)).toEqual(['A']);
    expect((await atChina.call('POST', '/v1/sync/parked/release', 'admin', { ...at, ...because })).status).toBe(404);
    expect(await audit(china)).toMatchObject([
      { action: 'release', subject: { ...at, outcome: 'parked' } },
      { action: 'release', subject: { ...at, outcome: 'applied' } },
    ]);
  });

  test('become dead letters when discarded, and come back by a redrive', async () => {
    const at = await parkOne();
    expect((await atChina.call('POST', '/v1/sync/parked/discard', 'admin', { ...at, ...because })).body).toMatchObject(at);
    expect(await parked(china)).toEqual([]);
    const [letter] = (await atChina.call('GET', '/v1/sync/dead-letters', 'admin')).body.items;
    expect(letter).toMatchObject({ ...at, reason: 'discarded', side: 'received' });
    await sendCategory();
    const redriven = await atChina.call('POST', `/v1/sync/dead-letters/${letter.id}/redrive`, 'admin', because);
    expect(redriven.body).toMatchObject({ ...at, released: { outcome: 'applied' } });
    expect(await skus(china)).toEqual(['A']);
    expect((await atChina.call('GET', '/v1/sync/dead-letters', 'admin')).body.items).toEqual([]);
    expect(await audit(china)).toMatchObject([{ action: 'discard-parked' }, { action: 'redrive' }]);
  });
});

describe('a redrive', () => {
  test('points at the row as it is now, and goes out at once', async () => {
    await product(world, P1, 'A');
    await takeItems(world);
    const id = await bury(world, P1, '1');
    const { body } = await atWorld.call('POST', `/v1/sync/dead-letters/${id}/redrive`, 'admin', because);
    expect(body).toMatchObject({ key: P1, released: null });
    expect(atWorld.published()).toBe(1);
    const [change] = await changes(world);
    expect(JSON.parse(change?.items[0] ?? '')).toMatchObject({ $k: P1, $v: body.version, sku: 'A' });
    expect((await atWorld.call('POST', `/v1/sync/dead-letters/${id}/redrive`, 'admin', because)).status).toBe(404);
  });

  test('after newer writes does no harm, on either side', async () => {
    // Of what was refused there: the row that goes out is the newest.
    await product(world, P2, 'B');
    const [old] = await changes(world);
    const id = await bury(world, P2, JSON.parse(old?.items[0] ?? '').$v);
    await world.catalog.query(`UPDATE catalog.product SET name = 'newer' WHERE id = $1`, [P2]);
    const newer = (await takeItems(world)).get('catalog.product') ?? [];
    await applyItems(china, 'catalog.product', newer);
    await atWorld.call('POST', `/v1/sync/dead-letters/${id}/redrive`, 'admin', because);
    const again = (await takeItems(world)).get('catalog.product') ?? [];
    expect(await applyItems(china, 'catalog.product', again)).toMatchObject([{ outcome: 'stale', reason: 'duplicate' }]);
    // Of what came from there: the item is as old as it is.
    await china.owner.query(
      `INSERT INTO sync.dead_letter (entity, key, version, reason, item) VALUES ('catalog.product', $1, 1, 'discarded', $2)`,
      [P2, old?.items[0]],
    );
    const letter = (await atChina.call('GET', '/v1/sync/dead-letters', 'admin')).body.items[0];
    const redriven = await atChina.call('POST', `/v1/sync/dead-letters/${letter.id}/redrive`, 'admin', because);
    expect(redriven.body.released).toEqual({ outcome: 'stale', reason: 'superseded' });
    const names = await china.owner.query('SELECT name FROM catalog.product');
    expect(names.rows).toEqual([{ name: 'newer' }]);
    expect(await parked(china)).toEqual([]);
  });

  test('says so where there is nothing left to send, and keeps the letter', async () => {
    const id = await bury(world, P1, '1');
    const refused = await atWorld.call('POST', `/v1/sync/dead-letters/${id}/redrive`, 'admin', because);
    expect([refused.status, refused.body.code]).toEqual([422, 'reference_missing']);
    expect((await atWorld.call('POST', `/v1/sync/dead-letters/${id}/discard`, 'admin', because)).body).toMatchObject({ key: P1 });
    expect(await audit(world)).toMatchObject([{ action: 'discard-dead-letter', subject: { id, key: P1 } }]);
  });
});

describe('reconciliation', () => {
  test('is begun with an audit, and never without', async () => {
    const body = { entity: 'catalog.product', dryRun: true, ...because };
    expect((await atWorld.call('POST', '/v1/sync/reconcile', 'admin', body)).body).toEqual({ id: '7' });
    expect((await atWorld.call('POST', '/v1/sync/reconcile', 'admin', { ...body, entity: 'catalog.nothing' })).status).toBe(404);
    expect((await atWorld.call('POST', '/v1/sync/reconcile/7/cancel', 'admin', because)).body).toEqual({ id: '7' });
    expect((await atWorld.call('POST', '/v1/sync/reconcile/8/resume', 'admin', because)).status).toBe(404);
    expect((await atWorld.call('GET', '/v1/sync/reconcile/7/findings', 'admin')).body.items).toMatchObject([{ key: 'k', kind: 'ours' }]);
    expect(await audit(world)).toMatchObject([
      { action: 'reconcile', subject: { entity: 'catalog.product', dryRun: true, deep: false, fill: false } },
      { action: 'cancel-reconcile', subject: { id: '7' } },
      { action: 'resume-reconcile', subject: { id: '8' } },
    ]);
  });
});

describe('the audit', () => {
  test('is written with the change, or neither is', async () => {
    const at = await parkOne();
    const id = await bury(china, P2, '1');
    await product(china, P2, 'B');
    await china.owner.query('ALTER TABLE sync.audit ADD CONSTRAINT none CHECK (false) NOT VALID');
    const tries: [string, unknown][] = [
      ['/v1/sync/pause', because],
      ['/v1/sync/parked/release', { ...at, ...because }],
      ['/v1/sync/parked/discard', { ...at, ...because }],
      [`/v1/sync/dead-letters/${id}/redrive`, because],
      [`/v1/sync/dead-letters/${id}/discard`, because],
    ];
    await sendCategory();
    await takeItems(china);
    for (const [url, body] of tries) expect([url, (await atChina.call('POST', url, 'admin', body)).status]).toEqual([url, 500]);
    expect(await parked(china)).toHaveLength(1);
    const { rows } = await china.owner.query(
      `SELECT (SELECT count(*)::int FROM sync.pause) AS pauses, (SELECT count(*)::int FROM sync.dead_letter) AS letters, (SELECT count(*)::int FROM sync.outbox) AS outbox`,
    );
    expect(rows).toEqual([{ pauses: 0, letters: 1, outbox: 0 }]);
  });

  test('is listed, and nobody takes a line back', async () => {
    await atWorld.call('POST', '/v1/sync/pause', 'admin', because);
    await atWorld.call('POST', '/v1/sync/resume', 'admin', because);
    const first = (await atWorld.call('GET', '/v1/sync/audit?limit=1', 'admin')).body;
    expect(first).toMatchObject({ items: [{ action: 'resume', actor: ACTOR }], pageInfo: { hasNextPage: true } });
    const second = (await atWorld.call('GET', `/v1/sync/audit?limit=1&cursor=${first.pageInfo.nextCursor}`, 'admin')).body;
    expect(second).toMatchObject({ items: [{ action: 'pause' }], pageInfo: { hasNextPage: false, nextCursor: null } });
    for (const text of ['DELETE FROM sync.audit', `UPDATE sync.audit SET reason = 'x'`, 'TRUNCATE sync.audit']) {
      await expect(world.sync.query(text)).rejects.toThrow(/permission denied/);
    }
    await expect(
      world.catalog.query(`INSERT INTO sync.audit (actor, action, subject, reason) VALUES ('a', 'b', '{}', 'c')`),
    ).rejects.toThrow(/permission denied/);
    await expect(world.catalog.query('SELECT sync.redrive(1)')).rejects.toThrow(/permission denied/);
  });
});

describe('lists', () => {
  test('page through everything once, and refuse what is no cursor of theirs', async () => {
    await china.owner.query(`INSERT INTO sync.parked (entity, key, version, origin, item, reason)
      SELECT 'catalog.product', lpad(n::text, 3, '0'), 1, 'world#1', '{}', 'missing_parent' FROM generate_series(1, 120) n`);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await atChina.call('GET', `/v1/sync/parked?limit=50${cursor}`, 'admin');
      seen.push(...body.items.map(({ key }: { key: string }) => key));
      if (!body.pageInfo.hasNextPage) break;
      cursor = `&cursor=${body.pageInfo.nextCursor}`;
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => String(n + 1).padStart(3, '0')));
    expect((await atChina.call('GET', '/v1/sync/conflicts?cursor=e30', 'admin')).status).toBe(400);
    expect((await atChina.call('GET', '/v1/sync/parked?cursor=eyJlbnRpdHkiOiJhIiwia2V5IjoiYiJ9!', 'admin')).status).toBe(400);
    expect((await atChina.call('GET', '/v1/sync/parked?limit=0', 'admin')).status).toBe(400);
    expect((await atChina.call('GET', '/v1/sync/parked?entity=nonsense', 'admin')).status).toBe(400);
    expect((await atChina.call('GET', '/v1/sync/conflicts/99999999999999999999', 'admin')).status).toBe(400);
  });

  test('show a conflict with both versions when it is asked for alone', async () => {
    await product(world, P1, 'A');
    for (const { entity, items } of await changes(world)) await applyItems(china, entity, items);
    await china.catalog.query(`UPDATE catalog.product SET name = 'theirs' WHERE id = $1`, [P1]);
    await world.catalog.query(`UPDATE catalog.product SET name = 'ours' WHERE id = $1`, [P1]);
    for (const { entity, items } of await changes(world)) await applyItems(china, entity, items);
    const { body } = await atChina.call('GET', `/v1/sync/conflicts?entity=catalog.product&key=${P1}`, 'admin');
    expect(body.items).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain('ours');
    expect((await atChina.call('GET', `/v1/sync/conflicts?key=${P2}`, 'admin')).body.items).toEqual([]);
    await china.owner.query(`UPDATE sync.conflict SET loser = loser || '{"$w": {"world#1": 117665442232860673}}'`);
    const one = (await atChina.call('GET', `/v1/sync/conflicts/${body.items[0].id}`, 'admin')).body;
    expect([one.winnerItem.name, one.loserItem.name].toSorted()).toEqual(['ours', 'theirs']);
    expect(one.loserItem.$w).toEqual({ 'world#1': '117665442232860673' });
    expect((await atChina.call('GET', '/v1/sync/conflicts/424242', 'admin')).status).toBe(404);
  });
});
