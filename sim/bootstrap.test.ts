import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkoutDir } from './paths.ts';
import { identify, isAlive } from './supervisor/process-identity.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madeinworld-bootstrap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An `npm` that never ends: it has started a script of a package, and waits for it. */
const endlessNpm = '#!/bin/sh\nsleep 600 &\necho "$$ $!" > started.partial && mv started.partial started\nwait\n';

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('an installation that %s interrupts leaves nothing running and nothing locked', async (signal, exitCode) => {
  for (const name of ['sim', 'bin']) mkdirSync(join(folder, name));
  copyFileSync(join(checkoutDir, 'sim/bootstrap.mjs'), join(folder, 'sim/bootstrap.mjs'));
  for (const name of ['package.json', 'package-lock.json']) writeFileSync(join(folder, name), '{"packages":{}}');
  writeFileSync(join(folder, 'bin/npm'), endlessNpm, { mode: 0o755 });
  const env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}` };
  const child = spawn(process.execPath, [join(folder, 'sim/bootstrap.mjs'), 'none.ts'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => existsSync(join(folder, 'started')), { timeout: 10_000 }).toBe(true);
  const started = readFileSync(join(folder, 'started'), 'utf8').trim().split(' ').map(Number).map(identify);
  expect(started.map(isAlive)).toEqual([true, true]);

  child.kill(signal);
  expect(await once(child, 'close')).toEqual([exitCode, null]);
  expect(started.map(isAlive)).toEqual([false, false]);
  expect(existsSync(join(folder, '.cache/install.lock'))).toBe(false);
  expect(said).toContain('Interrupted; the next command installs again.');
});
