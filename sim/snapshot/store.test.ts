import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftOut, segmentsOf } from './database/base-backup.ts';
import { checkFits, checkWhole, type Fitting } from './check.ts';
import { FORMAT, measure, type Manifest } from './manifest.ts';
import { compareMigrations, readMigrations } from './migrations.ts';
import { checkName, SnapshotNameError } from './names.ts';
import { batchesOf } from './queues/fill.ts';
import { beginSnapshot, findSnapshot, listSnapshots, removeSnapshot, requireRoom } from './store.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'madeinworld-snapshots-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const manifest = (name: string, more: Partial<Manifest> = {}): Manifest => ({
  format: FORMAT,
  name,
  note: null,
  at: '2026-01-01T00:00:00.000Z',
  mode: 'embedded',
  regions: ['world', 'china'],
  layout: { split: false, image: false },
  postgres: { world: '17', china: '17' },
  platform: 'linux-x64',
  migrations: { 'auth/0001-a': 'x' },
  queued: {},
  faults: [],
  frozenMs: 1,
  tookMs: 2,
  parts: {},
  ...more,
});
const fitting: Fitting = {
  mode: 'embedded',
  regions: ['world', 'china'],
  postgres: { world: '17', china: '17' },
  platform: 'linux-x64',
  migrations: { 'auth/0001-a': 'x' },
};

describe('the names of snapshots', () => {
  it.each(['full', 'a', '2026-11-28', 'a.b_c', 'x'.repeat(64)])('%s is one', (name) => expect(() => checkName(name)).not.toThrow());
  it.each(['', '.', '..', '.hidden', '-x', 'a/b', '../a', 'a b', 'a\n', 'ü', 'x'.repeat(65), '.partial-1-a'])('%j is none', (name) => {
    expect(() => checkName(name)).toThrow(SnapshotNameError);
  });
  it('an unknown one tells the nearest, or those there are', async () => {
    expect(() => findSnapshot('full', dir)).toThrow('there is none at all');
    await beginSnapshot('full-file', false, dir).finish(manifest('full-file'));
    expect(() => findSnapshot('full-fiel', dir)).toThrow('did you mean full-file?');
    expect(() => findSnapshot('other', dir)).toThrow('there are full-file');
  });
});

describe('the folder of snapshots', () => {
  it('holds a snapshot from the moment that its manifest is written, private to its owner', async () => {
    const draft = beginSnapshot('a', false, dir);
    expect(listSnapshots(dir)).toEqual([]);
    expect(() => findSnapshot('a', dir)).toThrow(SnapshotNameError);
    await draft.finish(manifest('a'));
    expect(findSnapshot('a', dir).manifest.name).toBe('a');
    expect([dir, join(dir, 'a')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  it('takes no name twice unless it may, and then all of the old is gone', async () => {
    const first = beginSnapshot('a', false, dir);
    writeFileSync(join(first.folder, 'old'), '');
    await first.finish(manifest('a'));
    expect(() => beginSnapshot('a', false, dir)).toThrow('--replace');
    await beginSnapshot('a', true, dir).finish(manifest('a', { note: 'new' }));
    expect(findSnapshot('a', dir).manifest.note).toBe('new');
    expect(readdirSync(join(dir, 'a'))).toEqual(['manifest.json']);
    expect(readdirSync(dir)).toEqual(['a']);
  });

  it('is rid of what an interrupted save left at the next call, and keeps what one that runs is making', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const pid of [dead, process.ppid]) mkdirSync(join(dir, `.partial-${pid}-b`));
    const draft = beginSnapshot('a', false, dir);
    expect(existsSync(join(dir, `.partial-${dead}-b`))).toBe(false);
    expect(existsSync(join(dir, `.partial-${process.ppid}-b`))).toBe(true);
    expect(existsSync(draft.folder)).toBe(true);
  });

  it('shows one that cannot be read, and removes it', async () => {
    mkdirSync(join(dir, 'broken'));
    await beginSnapshot('future', false, dir).finish(manifest('future', { format: FORMAT + 1 }));
    expect(listSnapshots(dir)).toEqual([
      { name: 'broken', damage: expect.stringContaining('no manifest') },
      { name: 'future', damage: expect.stringContaining(`format ${FORMAT + 1}`) },
    ]);
    expect(() => findSnapshot('broken', dir)).toThrow('npm run sim -- snapshot remove broken');
    for (const name of ['broken', 'future']) await removeSnapshot(name, dir);
    expect(readdirSync(dir)).toEqual([]);
    await expect(removeSnapshot('broken', dir)).rejects.toThrow(SnapshotNameError);
  });

  it('asks for room before anything is copied', async () => {
    await expect(requireRoom(dir, 1e18)).rejects.toThrow('there is no room');
    await requireRoom(dir, 1);
  });
});

describe('a snapshot that is to be loaded', () => {
  const saved = async (): Promise<ReturnType<typeof findSnapshot>> => {
    const draft = beginSnapshot('a', false, dir);
    mkdirSync(join(draft.folder, 'data'));
    for (const name of ['1', '2']) writeFileSync(join(draft.folder, 'data', name), name);
    await draft.finish(manifest('a', { parts: { data: measure(join(draft.folder, 'data')) } }));
    return findSnapshot('a', dir);
  };

  it('is whole', async () => {
    const found = await saved();
    expect(() => checkWhole(found)).not.toThrow();
  });
  it.each([
    ['shorter', (data: string) => writeFileSync(join(data, '1'), '')],
    ['changed', (data: string) => writeFileSync(join(data, '1'), 'x')],
    ['missing', (data: string) => rmSync(join(data, '2'))],
    ['one too many', (data: string) => writeFileSync(join(data, '3'), '')],
    ['gone', (data: string) => rmSync(data, { recursive: true })],
  ])('is refused where a file is %s', async (_, damage) => {
    const found = await saved();
    damage(join(found.folder, 'data'));
    expect(() => checkWhole(found)).toThrow('data is not what was saved');
  });

  it('fits the twin that it was saved from, and one whose migrations go on from its own', () => {
    expect(checkFits(manifest('a'), fitting)).toEqual({ older: false });
    expect(checkFits(manifest('a'), { ...fitting, migrations: { ...fitting.migrations, 'auth/0002-b': 'y' } })).toEqual({ older: true });
  });
  it.each<[string, Partial<Manifest>, RegExp]>([
    ['of the other driver', { mode: 'docker' }, /--docker --fresh --snapshot a/],
    ['of one region', { regions: ['world'] }, /is of world, and this twin runs world and china/],
    ['of another PostgreSQL', { postgres: { world: '18', china: '18' } }, /PostgreSQL 18/],
    ['of another machine', { platform: 'darwin-arm64' }, /darwin-arm64/],
    ['of newer migrations', { migrations: { 'auth/0001-a': 'x', 'auth/0002-b': 'y' } }, /does not have \(auth\/0002-b\)/],
    ['of migrations that were edited', { migrations: { 'auth/0001-a': 'y' } }, /auth\/0001-a was edited/],
  ])('is refused where it is %s', (_, change, reason) => {
    expect(() => checkFits(manifest('a', change), fitting)).toThrow(reason);
  });
});

describe('migrations', () => {
  it('are told by name and content, a folder of files as one', () => {
    const folder = join(dir, 'services', 'sync', 'migrations');
    mkdirSync(join(folder, '0001-core'), { recursive: true });
    writeFileSync(join(folder, 'index.ts'), 'a');
    writeFileSync(join(folder, '0001-core', '1.sql'), 'a');
    writeFileSync(join(folder, '0002-more.ts'), 'a');
    const before = readMigrations(dir);
    expect(Object.keys(before)).toEqual(['sync/0001-core', 'sync/0002-more']);
    writeFileSync(join(folder, 'index.ts'), 'b');
    expect(compareMigrations(before, readMigrations(dir))).toEqual({ kind: 'same' });
    writeFileSync(join(folder, '0001-core', '2.sql'), '');
    expect(compareMigrations(before, readMigrations(dir))).toEqual({ kind: 'edited', names: ['sync/0001-core'] });
  });
});

describe('a base backup', () => {
  it('needs the segments from its first to its last, over the end of a log file too', () => {
    const one = '0000000100000000000000FE';
    expect(segmentsOf({ firstSegment: one, lastSegment: one })).toEqual([one]);
    const last = '000000010000000100000001';
    expect(segmentsOf({ firstSegment: one, lastSegment: last })).toEqual([
      one,
      '0000000100000000000000FF',
      '000000010000000100000000',
      last,
    ]);
  });
  it('leaves out what a server makes anew, and nothing that it needs', () => {
    const out = [
      'postmaster.pid',
      'pg_wal/000000010000000000000001',
      'pg_replslot/a',
      'pg_replslot/a/state',
      'base/5/pg_internal.init',
      'base/pgsql_tmp/1',
    ];
    const kept = ['pg_wal', 'pg_wal/archive_status', 'pg_replslot', 'global/pg_control', 'base/5/1259', 'pg_xact/0000', 'PG_VERSION'];
    expect(out.filter((path) => !leftOut(path))).toEqual([]);
    expect(kept.filter(leftOut)).toEqual([]);
  });
});

describe('messages that are put back', () => {
  it('go in batches that SQS takes, in their order, none left out', () => {
    const body = fc.integer({ min: 1, max: 65_536 }).map((length) => 'x'.repeat(length));
    fc.assert(
      fc.property(fc.array(body, { maxLength: 60 }), (bodies) => {
        const batches = batchesOf(bodies.map((text) => ({ body: text })));
        expect(batches.flat().map((message) => message.body.length)).toEqual(bodies.map((text) => text.length));
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(batch.reduce((sum, message) => sum + message.body.length, 0)).toBeLessThanOrEqual(262_144);
        }
      }),
    );
  });
});
