import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesIn } from '../../topology/processes.ts';
import { programs } from '../../topology/regions.ts';
import { ProcessFailure, createRegistry, type Registry } from '../registry.ts';
import { makeTwinFolders, twinPaths } from '../state.ts';
import { blankState } from '../testing/state.ts';
import { affectedBy } from './affected.ts';
import { reasonOf } from './reason.ts';
import { createReloader } from './reload.ts';
import { watchFiles } from './watch.ts';

const joined = processesIn({ mode: 'embedded', split: false, attached: {} });
const split = processesIn({ mode: 'embedded', split: true, attached: {} });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madeinworld-reload-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a changed file', () => {
  it('concerns the processes of its service alone', () => {
    expect(affectedBy(['catalog/app.ts'], split).processes).toEqual(['world-catalog', 'china-catalog']);
    expect(affectedBy(['sync/worker/loop.ts'], split).processes).toEqual([
      'world-sync-ingest',
      'world-sync-worker',
      'china-sync-ingest',
      'china-sync-worker',
    ]);
    expect(affectedBy(['catalog/app.ts'], joined).processes).toEqual(['world-services', 'china-services']);
  });

  it('that all share concerns all that serve, and nothing else', () => {
    expect(affectedBy(['main.ts'], split).processes).toHaveLength(2 * Object.keys(programs).length);
    expect(affectedBy(['main.ts'], joined).processes).toEqual(['world-services', 'china-services']);
    for (const file of ['platform/db.ts', 'contracts/errors.ts']) {
      expect(affectedBy([file], split).processes, file).toHaveLength(2 * Object.keys(programs).length + 2);
      expect(affectedBy([file], joined).processes, file).toEqual(['world-services', 'world-payments', 'china-services', 'china-payments']);
    }
  });

  it('of the payment sandbox concerns that alone, and what it has in common with the order service both', () => {
    const payments = ['world-payments', 'china-payments'];
    expect(affectedBy(['order/payments/sandbox/app.ts'], split).processes).toEqual(payments);
    expect(affectedBy(['order/payments/sandbox/app.ts'], joined).processes).toEqual(payments);
    expect(affectedBy(['order/payments/wire.ts'], split).processes.toSorted()).toEqual(
      [...payments, 'world-order', 'china-order'].toSorted(),
    );
    expect(affectedBy(['order/app.ts'], split).processes).toEqual(['world-order', 'china-order']);
  });

  it('of the Worker concerns its front; tests, documents and the panel concern nobody', () => {
    expect(affectedBy(['edge/worker.ts'], joined).processes).toEqual(['world-front']);
    const others = [
      'catalog/app.test.ts',
      'catalog/README.md',
      'web/admin/App.tsx',
      'sync/testing/scene.ts',
      'catalog/app.ts~',
      'catalog/.app.ts.swp',
    ];
    expect(affectedBy(others, joined)).toEqual({ processes: [], migrate: false });
  });

  it('among migrations asks for these first', () => {
    expect(affectedBy(['catalog/migrations/0002-more.ts'], split)).toEqual({
      processes: ['world-catalog', 'china-catalog'],
      migrate: true,
    });
  });
});

describe('watching', () => {
  it('tells contents that changed, not what was touched or does not concern', async () => {
    mkdirSync(join(folder, 'a'));
    for (const name of ['a/one.ts', 'two.ts', 'other.md']) writeFileSync(join(folder, name), 'first');
    const told: string[] = [];
    const watch = await watchFiles(
      folder,
      (file) => file.endsWith('.ts'),
      (files) => told.push(...files),
    );
    try {
      utimesSync(join(folder, 'two.ts'), new Date(), new Date());
      writeFileSync(join(folder, 'two.ts'), 'first');
      writeFileSync(join(folder, 'other.md'), 'second');
      writeFileSync(join(folder, 'a/one.ts'), 'second');
      await expect.poll(() => told).toEqual(['a/one.ts']);
      mkdirSync(join(folder, 'b'));
      await expect
        .poll(() => {
          // A folder that is new is watched from some moment on.
          writeFileSync(join(folder, 'b/three.ts'), `written ${performance.now()}`);
          return told.slice(1);
        })
        .toContain('b/three.ts');
      rmSync(join(folder, 'two.ts'));
      await expect.poll(() => told).toContain('two.ts');
    } finally {
      watch.close();
    }
  });

  it('tells of what is saved before it has read everything', async () => {
    for (const name of ['one.ts', 'two.ts', 'three.ts']) writeFileSync(join(folder, name), 'first');
    const told: string[] = [];
    const opening = watchFiles(
      folder,
      () => true,
      (files) => told.push(...files),
    );
    writeFileSync(join(folder, 'one.ts'), 'second');
    rmSync(join(folder, 'two.ts'));
    const watch = await opening;
    try {
      await expect.poll(() => told.toSorted()).toEqual(['one.ts', 'two.ts']);
      writeFileSync(join(folder, 'one.ts'), 'second');
      writeFileSync(join(folder, 'three.ts'), 'second');
      await expect.poll(() => told.slice(2)).toEqual(['three.ts']);
    } finally {
      watch.close();
    }
  });

  it('tells of a file however it is saved, and again', async () => {
    mkdirSync(join(folder, 'a'));
    const file = join(folder, 'a/one.ts');
    writeFileSync(file, 'first');
    let told: string[] = [];
    const watch = await watchFiles(
      folder,
      () => true,
      (files) => told.push(...files),
    );
    const ways: Readonly<Record<string, (text: string) => void>> = {
      'over it'(text) {
        writeFileSync(`${file}~`, text);
        renameSync(`${file}~`, file);
      },
      'removed first'(text) {
        rmSync(file);
        writeFileSync(file, text);
      },
      'moved away first'(text) {
        renameSync(file, `${file}.old`);
        writeFileSync(file, text);
      },
      'in place': (text) => writeFileSync(file, text),
      'with its folder'(text) {
        rmSync(join(folder, 'a'), { recursive: true });
        mkdirSync(join(folder, 'a'));
        writeFileSync(file, text);
      },
    };
    try {
      for (const round of [1, 2, 3]) {
        for (const [way, save] of Object.entries(ways)) {
          told = [];
          save(`${way} ${round}`);
          await expect.poll(() => told, { message: `${way}, round ${round}` }).toContain('a/one.ts');
        }
      }
    } finally {
      watch.close();
    }
  });
});

describe('reloading', () => {
  function scene(
    reload: (name: string) => Promise<void>,
    checkTypes = (): Promise<readonly string[]> => Promise.resolve([]),
    started: Promise<void> = Promise.resolve(),
  ) {
    const paths = twinPaths(folder);
    makeTwinFolders(paths);
    const registry = createRegistry(paths, { ...blankState, split: true });
    const calls: string[] = [];
    const twin = {
      reload: (name: string) => (calls.push(name), reload(name)),
      rehearse: (name: string) => (calls.push(`rehearse ${name}`), reload(name)),
      restart: (name: string) => (calls.push(`restart ${name}`), Promise.resolve()),
      migrate: () => (calls.push('migrate'), Promise.resolve()),
    };
    const reloader = createReloader({ registry, twin, specs: split, checkTypes, nowMs: () => 0, report: () => undefined, started });
    return { registry, calls, reloader };
  }

  const settled = async (registry: Registry): Promise<void> => {
    await expect.poll(() => [registry.state.reload?.state, registry.state.reload?.typeErrors]).not.toContain(null);
    await expect.poll(() => registry.state.reload?.state).not.toBe('reloading');
  };

  it('starts what a change concerns, migrations first, and tells what the type checker says', async () => {
    const { registry, calls, reloader } = scene(
      () => Promise.resolve(),
      () => Promise.resolve(['app.ts(1,1): error']),
    );
    reloader.changed(['catalog/migrations/0002.ts', 'edge/worker.ts']);
    await settled(registry);
    expect(calls).toEqual(['migrate', 'world-catalog', 'china-catalog', 'rehearse world-front', 'restart world-front']);
    expect(registry.state.reload).toMatchObject({ state: 'reloaded', error: null, typeErrors: ['app.ts(1,1): error'] });
  });

  it('tells why the old ones serve on', async () => {
    const { registry, reloader } = scene((name) =>
      name === 'world-catalog'
        ? Promise.reject(new ProcessFailure('world-catalog.next', 'ended with code 1', '', { said: ['boom'] }))
        : Promise.resolve(),
    );
    reloader.changed(['catalog/app.ts']);
    await settled(registry);
    expect(registry.state.reload).toMatchObject({ state: 'failed', error: 'world-catalog ended with code 1\nboom' });
  });

  it('does not end a front where another one does not start', async () => {
    const { registry, calls, reloader } = scene(() =>
      Promise.reject(new ProcessFailure('world-front.next', 'ended with code 1', '', { said: [] })),
    );
    reloader.changed(['edge/worker.ts']);
    await settled(registry);
    expect(calls).toEqual(['rehearse world-front']);
    expect(registry.state.reload).toMatchObject({ state: 'failed', error: 'world-front ended with code 1' });
  });

  it('waits with what changes while the twin starts, and takes it together', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { registry, calls, reloader } = scene(() => Promise.resolve(), undefined, promise);
    reloader.changed(['auth/app.ts']);
    reloader.changed(['catalog/app.ts']);
    await new Promise(setImmediate);
    expect(calls).toEqual([]);
    resolve();
    await expect.poll(() => calls).toEqual(['world-auth', 'china-auth', 'world-catalog', 'china-catalog']);
    await settled(registry);
  });

  it('takes together what changes while it is at work', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { registry, calls, reloader } = scene((name) => (name === 'world-auth' ? held : Promise.resolve()));
    reloader.changed(['auth/app.ts']);
    await expect.poll(() => calls).toContain('world-auth');
    reloader.changed(['catalog/app.ts']);
    reloader.changed(['catalog/config.ts']);
    expect(calls).toEqual(['world-auth', 'china-auth']);
    release();
    await expect.poll(() => registry.state.reload?.files).toEqual(['catalog/app.ts', 'catalog/config.ts']);
    await settled(registry);
    expect(calls.slice(2)).toEqual(['world-catalog', 'china-catalog']);
  });
});

describe('a reason', () => {
  it('is the error that a service ended with, and where in our files it arose', () => {
    const stack =
      'Error: boom\n    at load (node:internal/x:1:1)\n    at file:///a/services/catalog/app.ts:20:30\n    at main (file:///a/services/main.ts:6:5)';
    const said = ['{"level":"info","msg":"x"}', JSON.stringify({ level: 'fatal', msg: 'boom', stack }), 'rest'];
    const failure = new ProcessFailure('world-catalog.next', 'ended with code 1', '', { said });
    expect(reasonOf(failure)).toBe(
      'world-catalog ended with code 1: boom\nat file:///a/services/catalog/app.ts:20:30\nat main (file:///a/services/main.ts:6:5)',
    );
  });

  it('is where a file cannot be read', () => {
    const stack =
      "file:///a/services/catalog/app.ts:12\nconst = 1;\n      ^\n\nSyntaxError: Unexpected token '='\n    at compileSourceTextModule (node:internal/modules/esm/utils:346:16)";
    const said = [JSON.stringify({ level: 'fatal', msg: "Unexpected token '='", stack })];
    expect(reasonOf(new ProcessFailure('china-services.next', 'ended with code 1', '', { said }))).toBe(
      "china-services ended with code 1: Unexpected token '='\nfile:///a/services/catalog/app.ts:12",
    );
  });
});
