/**
 * Goal: what a supervisor has started is found and ended though nobody can read what it wrote down, and nothing else is. Planted once: a mark that is looked for
 * anywhere in the environment.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { twinPaths, type TwinPaths } from './state.ts';
import { endStrays, straysOf } from './strays.ts';

const MARKER = 'MADEINWORLD_TWIN=0123456789abcdef';
let paths: TwinPaths;
const started: ProcessIdentity[] = [];
beforeEach(() => {
  paths = twinPaths(mkdtempSync(join(tmpdir(), 'madeinworld-strays-')));
});
afterEach(() => {
  for (const one of started.splice(0)) if (isAlive(one)) process.kill(one.pid, 'SIGKILL');
  rmSync(paths.simDir, { recursive: true, force: true });
});

/** A process that says when it runs, hears no SIGINT where `isDeaf`, and waits. */
async function start(env: Record<string, string>, isDeaf = false): Promise<ProcessIdentity> {
  const script = `${isDeaf ? "process.on('SIGINT', () => undefined);" : ''} process.stdout.write('.'); setInterval(() => undefined, 1000)`;
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const identity = identify(child.pid ?? 0);
  started.push(identity);
  return identity;
}
const marked = { MADEINWORLD_TWIN: '0123456789abcdef' };

it.skipIf(process.platform !== 'linux')(
  'ends what carries the mark of the last run, and nothing else',
  async () => {
    writeFileSync(paths.marker, `${MARKER}\n`);
    const [theirs, deaf] = [await start(marked), await start(marked, true)];
    const others = [await start({ MADEINWORLD_TWIN: 'fedcba9876543210' }), await start({ NOTE: MARKER })];
    expect(
      straysOf(paths)
        .map(({ pid }) => pid)
        .toSorted(),
    ).toEqual([theirs.pid, deaf.pid].toSorted());
    await endStrays(paths);
    expect([theirs, deaf].filter(isAlive)).toEqual([]);
    expect(others.filter(isAlive)).toEqual(others);
  },
  20_000,
);

it.skipIf(process.platform !== 'linux')(
  'ends a server of the twin’s folders, which shows no environment',
  async () => {
    writeFileSync(paths.marker, `${MARKER}\n`);
    const serverOf = async (folder: string): Promise<ProcessIdentity> => {
      const child = spawn(process.execPath, ['-e', "process.stdout.write('.'); setInterval(() => undefined, 1000)", '--', '-D', folder], {
        env: {},
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const identity = identify(child.pid ?? 0);
      started.push(identity);
      return identity;
    };
    const [theirs, others] = [await serverOf(paths.postgres('world')), await serverOf('/elsewhere')];
    await endStrays(paths);
    expect([theirs, others].map(isAlive)).toEqual([false, true]);
  },
  20_000,
);

it('finds nothing where no run has left a mark', async () => {
  await start(marked);
  expect(straysOf(paths)).toEqual([]);
  writeFileSync(paths.marker, '\n');
  expect(straysOf(paths)).toEqual([]);
});
