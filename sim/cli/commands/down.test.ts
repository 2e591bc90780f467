import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identify, isAlive } from '../../supervisor/process-identity.ts';
import { makeTwinFolders, twinPaths, writeWhole, type ProcessState, type TwinPaths } from '../../supervisor/state.ts';
import { blankState } from '../../supervisor/testing/state.ts';
import { stopTwin } from './down.ts';

/** Answers what it is asked, but for being told to stop: it says that it was, and never does. */
const supervisorProgram = `
  require('node:http').createServer((request, response) => {
    if (request.url === '/stop') { process.send('asked'); return; }
    response.end('{}');
  }).listen(0, '127.0.0.1', function () { process.send(this.address().port); });
`;

let paths: TwinPaths;
let started: ChildProcess[];
beforeEach(() => {
  paths = twinPaths(mkdtempSync(join(tmpdir(), 'madeinworld-down-')));
  makeTwinFolders(paths);
  started = [];
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(paths.simDir, { recursive: true, force: true });
});

function start(program: string): ChildProcess {
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, MADEINWORLD_TWIN: 'test' },
    detached: true,
  });
  started.push(child);
  return child;
}

/** A supervisor that runs, with one process that it has started. */
async function startTwin() {
  const supervisor = start(supervisorProgram);
  const service = start('setInterval(() => undefined, 1000)');
  const [port] = await once(supervisor, 'message');
  const [identity, served] = [identify(supervisor.pid ?? 0), identify(service.pid ?? 0)];
  const process: ProcessState = {
    ...served,
    name: 'world-services',
    state: 'running',
    exitCode: null,
    signal: null,
    stopStage: 1,
    stopSignal: 'SIGTERM',
    logFile: paths.log('world-services'),
    readyMs: 1,
  };
  writeWhole(paths.state, { ...blankState, supervisor: identity, processes: [process] });
  writeWhole(paths.supervisor, { ...identity, url: `http://127.0.0.1:${port}`, token: 'token' });
  return { supervisor, identity, served };
}

it('a supervisor that stands still is ended with what it has started', async () => {
  const { supervisor, identity, served } = await startTwin();
  supervisor.kill('SIGSTOP');
  const said: string[] = [];
  expect(await stopTwin(paths, (text) => said.push(text))).toBe(true);
  expect(said.join()).toContain('does not answer');
  expect([isAlive(identity), isAlive(served)]).toEqual([false, false]);
  expect(existsSync(paths.supervisor)).toBe(false);
}, 20_000);

it('so is one that comes to a standstill while it stops', async () => {
  const { supervisor, identity, served } = await startTwin();
  const asked = once(supervisor, 'message').then(() => supervisor.kill('SIGSTOP'));
  await stopTwin(paths, () => undefined);
  await asked;
  expect([isAlive(identity), isAlive(served)]).toEqual([false, false]);
}, 20_000);
