/** Goal: what a command has started ends with it when it is given up, and how it ended is told. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { runGroup } from './process-group.ts';

const folder = mkdtempSync(join(tmpdir(), 'madeinworld-group-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that has ended may still be in the table until somebody asks for it. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
}

test('a command that is given up is killed with what it has started', async () => {
  const aborter = new AbortController();
  const pidFile = join(folder, 'pid');
  // The child holds no pipe of ours: nothing but the kill would end it.
  const script = `sleep 1000 >/dev/null 2>&1 & echo $! > ${pidFile}; wait`;
  const running = runGroup('sh', ['-c', script], folder, aborter.signal);
  await expect.poll(() => existsSync(pidFile) && Number(readFileSync(pidFile, 'utf8'))).toBeGreaterThan(0);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(isRunning(pid)).toBe(true);
  aborter.abort();
  expect(await running).toMatchObject({ end: 'SIGKILL' });
  await expect.poll(() => isRunning(pid)).toBe(false);
});

test.each([
  ['sh', ['-c', 'echo told; exit 3'], { end: 3, stdout: 'told\n' }],
  ['sh', ['-c', 'exit 0'], { end: 0, stdout: '' }],
  ['no-such-command', [], { end: expect.stringContaining('ENOENT'), stdout: '' }],
])('%s %j is told as it ended', async (command, args, ended) => {
  expect(await runGroup(command, args, folder, new AbortController().signal)).toEqual(ended);
});
