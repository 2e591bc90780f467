import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppliedFault } from '../faults/fault.ts';
import { createFaults, type Faults } from './faults.ts';
import { createRegistry, type Registry } from './registry.ts';
import { makeTwinFolders, twinPaths } from './state.ts';
import { blankState } from './testing/state.ts';

let folder: string;
let registry: Registry;
let faults: Faults;
let struck: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madeinworld-faults-'));
  const paths = twinPaths(folder);
  makeTwinFolders(paths);
  registry = createRegistry(paths, blankState);
  faults = createFaults(registry, () => undefined);
  struck = 0;
});
afterEach(() => {
  faults.stop();
  rmSync(folder, { recursive: true, force: true });
});

const add = (again: () => Promise<void>) =>
  faults.add({
    kind: 'queue-drop',
    targets: ['world:queue'],
    forMs: null,
    apply: async (target): Promise<AppliedFault> => ({
      kind: 'queue-drop',
      target,
      summary: 'dropped 0',
      heal: async () => `dropped ${struck}`,
      summarize: async () => `dropped ${struck}`,
      restored: { on: ['world:cloud-control'], again },
    }),
  });

const summaries = (): string[] => registry.state.faults.map((fault) => fault.summary);

it('a fault that counts is told of with its count: in force, and healed', async () => {
  await add(async () => undefined);
  struck = 3;
  expect(summaries()).toEqual(['dropped 0']);
  await faults.refresh();
  expect(summaries()).toEqual(['dropped 3']);
  struck = 4;
  expect(await faults.heal(() => true)).toMatchObject([{ target: 'world:queue', summary: 'dropped 4' }]);
  expect(summaries()).toEqual([]);
});

it('a fault comes back with what forgets it, and with nothing else', async () => {
  const restored: string[] = [];
  await add(async () => void restored.push('again'));
  await faults.restore('china:cloud-control');
  expect(restored).toEqual([]);
  await faults.restore('world:cloud-control');
  expect([restored, summaries()]).toEqual([['again'], ['dropped 0']]);
});

it('a fault that does not come back is said to be gone, and can still be healed', async () => {
  let room = false;
  await add(async () => {
    if (!room) throw new Error('no room');
  });
  await faults.restore('world:cloud-control');
  await faults.refresh();
  expect(summaries()).toEqual(['dropped 0; gone since world:cloud-control began anew (no room)']);
  room = true;
  await faults.restore('world:cloud-control');
  expect(summaries()).toEqual(['dropped 0']);
  expect(await faults.heal(() => true)).toHaveLength(1);
});

describe('what a process inherits from the one before', () => {
  const idle = (named: () => Promise<void> | void) =>
    faults.add({
      kind: 'process',
      targets: ['world-auth'],
      forMs: null,
      apply: async (target): Promise<AppliedFault> => ({
        kind: 'process',
        target,
        summary: 'idle',
        heal: async () => undefined,
        inherited: { named },
      }),
    });

  it('is the fault of its name alone', async () => {
    const inherited: string[] = [];
    await idle(() => void inherited.push('again'));
    await faults.inherit('china-auth', ({ named }) => named);
    expect(inherited).toEqual([]);
    await faults.inherit('world-auth', ({ ready }) => ready && (() => ready(() => undefined)));
    await faults.inherit('world-auth', ({ named }) => named);
    expect([inherited, summaries()]).toEqual([['again'], ['idle']]);
  });

  it('is said to be gone where it cannot be put in force', async () => {
    await idle(() => Promise.reject(new Error('it has ended')));
    await faults.inherit('world-auth', ({ named }) => named);
    const gone = ['idle; gone since world-auth began anew (it has ended)'];
    expect(summaries()).toEqual(gone);
    // A step at which nothing is due says nothing of it.
    await faults.inherit('world-auth', ({ ready }) => ready && (() => ready(() => undefined)));
    expect(summaries()).toEqual(gone);
  });
});
