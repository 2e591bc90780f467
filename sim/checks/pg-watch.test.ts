import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';

const starter = fileURLToPath(new URL('testing/starter.ts', import.meta.url));

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('a server and its folder go when %s ends the group of its starter', async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-watch-'));
  await chmod(folder, 0o711);
  const child = spawn(process.execPath, [starter, folder], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const [line]: unknown[] = await once(child.stdout, 'data');
  const pid = Number(String(line));
  expect(isThere(pid)).toBe(true);
  process.kill(-(child.pid ?? Number.NaN), signal);
  await vi.waitUntil(() => !existsSync(folder), { timeout: 20_000 });
  await vi.waitUntil(() => !isThere(pid), { timeout: 20_000 });
});
