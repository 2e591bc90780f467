import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFaults, type FaultRequest, type Faults } from './faults.ts';
import { blankState } from './testing/state.ts';
import { createRegistry, type Registry } from './registry.ts';
import { makeTwinFolders, readState, twinPaths, type TwinPaths } from './state.ts';

let folder = '';
let paths: TwinPaths;
let registry: Registry;
let faults: Faults;
let events: string[];
let said: string[];
/** What is broken by now, whatever the list says. */
let broken: string[];
const failing = new Set<string>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madeinworld-faults-'));
  paths = twinPaths(folder);
  makeTwinFolders(paths);
  registry = createRegistry(paths, blankState);
  [events, said, broken] = [[], [], []];
  failing.clear();
  faults = createFaults(registry, (text) => said.push(text));
});
afterEach(() => {
  faults.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A fault that notes what is done with it; what `failing` names (`apply cut a`) fails. */
function request(kind: string, targets: readonly string[], forMs: number | null = null, how = ''): FaultRequest {
  const run = async (step: string, target: string): Promise<void> => {
    const name = `${step} ${kind}${how} ${target}`;
    if (failing.has(name)) throw new Error(`no ${name}`);
    await new Promise((resolve) => setImmediate(resolve));
    events.push(name);
  };
  return {
    kind,
    targets,
    forMs,
    async apply(target) {
      await run('apply', target);
      const thing = `${kind}${how} ${target}`;
      broken.push(thing);
      return {
        kind,
        target,
        summary: `${kind}${how}`,
        async heal() {
          await run('heal', target);
          broken = broken.filter((one) => one !== thing);
        },
      };
    },
  };
}

const listed = () => registry.state.faults.map(({ kind, target }) => `${kind} ${target}`);
const all = () => true;

describe('faults in force', () => {
  it('are listed, on disk too, with an id of their own and until when they last', async () => {
    const added = await faults.add(request('cut', ['a', 'b']));
    expect(added.map(({ id, kind, target, summary, until }) => [id, kind, target, summary, until])).toEqual([
      ['f1', 'cut', 'a', 'cut', null],
      ['f2', 'cut', 'b', 'cut', null],
    ]);
    const [timed] = await faults.add(request('slow', ['a'], 60_000));
    expect(Date.parse(timed!.until!) - Date.parse(timed!.since)).toBe(60_000);
    expect(registry.state.faults).toEqual([...added, timed]);
    expect(readState(paths)?.faults).toEqual(registry.state.faults);
    expect(JSON.stringify(registry.state.faults)).not.toContain('timer');
  });

  it('add up where their kinds differ; one of the same kind takes the place of the one before, which is healed first', async () => {
    await faults.add(request('cut', ['a'], null, ' refuse'));
    await faults.add(request('slow', ['a']));
    await faults.add(request('cut', ['a'], null, ' blackhole'));
    expect(listed()).toEqual(['slow a', 'cut a']);
    expect(events).toEqual(['apply cut refuse a', 'apply slow a', 'heal cut refuse a', 'apply cut blackhole a']);
    await faults.heal(({ kind }) => kind === 'cut');
    expect([listed(), broken]).toEqual([['slow a'], ['slow a']]);
  });

  it('heal by themselves when their time is up, and not when they were replaced by one that lasts', async () => {
    await faults.add(request('cut', ['a'], 30));
    await faults.add(request('slow', ['a']));
    await expect.poll(listed).toEqual(['slow a']);
    expect([broken, said.at(-1)]).toEqual([['slow a'], 'healed cut a: cut']);
    await faults.add(request('cut', ['b'], 30));
    await faults.add(request('cut', ['b']));
    await faults.add(request('cut', ['c'], 60));
    await expect.poll(listed).toEqual(['slow a', 'cut b']);
  });

  it('are healed the latest first, those that are chosen alone', async () => {
    await faults.add(request('cut', ['a', 'b']));
    await faults.add(request('slow', ['a']));
    events = [];
    const healed = await faults.heal(({ target }) => target === 'a');
    expect(healed.map(({ id, kind }) => [id, kind])).toEqual([
      ['f3', 'slow'],
      ['f1', 'cut'],
    ]);
    expect(events).toEqual(['heal slow a', 'heal cut a']);
    expect(listed()).toEqual(['cut b']);
    expect(await faults.heal(({ target }) => target === 'a')).toEqual([]);
  });

  it('that cannot be applied leave nothing of their request', async () => {
    await faults.add(request('slow', ['a']));
    failing.add('apply cut c');
    await expect(faults.add(request('cut', ['a', 'b', 'c', 'd']))).rejects.toThrow('no apply cut c');
    expect([listed(), broken]).toEqual([['slow a'], ['slow a']]);
    expect(events).toEqual(['apply slow a', 'apply cut a', 'apply cut b', 'heal cut b', 'heal cut a']);
  });

  it('that cannot be healed stay listed, hinder no other, and can be healed later', async () => {
    await faults.add(request('cut', ['a', 'b', 'c']));
    failing.add('heal cut b');
    await expect(faults.heal(all)).rejects.toThrow('b could not be healed: no heal cut b');
    expect([listed(), broken]).toEqual([['cut b'], ['cut b']]);
    failing.clear();
    await faults.heal(all);
    expect([listed(), broken]).toEqual([[], []]);
  });

  it('stay listed too where they were to heal by themselves, and the log says why', async () => {
    failing.add('heal cut a');
    await faults.add(request('cut', ['a'], 20));
    await expect.poll(() => said.at(-1)).toContain('a could not be healed: no heal cut a');
    expect(listed()).toEqual(['cut a']);
  });

  it('change one at a time, in the order of the requests', async () => {
    await Promise.all([
      faults.add(request('cut', ['a', 'b'])),
      faults.heal(all),
      faults.add(request('slow', ['a'])),
      faults.add(request('cut', ['a'])),
    ]);
    expect(events).toEqual(['apply cut a', 'apply cut b', 'heal cut b', 'heal cut a', 'apply slow a', 'apply cut a']);
    expect(listed()).toEqual(['slow a', 'cut a']);
  });

  it('do not heal by themselves once the twin stops', async () => {
    await faults.add(request('cut', ['a'], 20));
    faults.stop();
    const later = Promise.withResolvers<void>();
    setTimeout(later.resolve, 60);
    await later.promise;
    expect([listed(), events]).toEqual([['cut a'], ['apply cut a']]);
  });
});
