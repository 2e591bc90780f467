import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, test } from 'vitest';

import { isClockMessage } from './clock-channel.ts';
import { preloadArguments, preloadEnvironment, setClockSkew } from './control.ts';

const clock = fileURLToPath(new URL('./testing/clock.ts', import.meta.url));
const hourMs = 3_600_000;
/** The machine may be busy; the skews are hours. */
const toleranceMs = 60_000;
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Readings {
  readonly [way: string]: unknown;
  readonly passedMs: number;
  readonly hrtimeMs: number;
}

interface Ticking {
  readonly child: ChildProcess;
  read(): Promise<Readings>;
}

async function start(skewMs: number, { ipc = true, preload = true } = {}): Promise<Ticking> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [...(preload ? preloadArguments() : []), clock], {
    stdio: ['pipe', 'pipe', 'inherit', ...(ipc ? (['ipc'] as const) : [])],
    env: { PATH, HOME, NODE_COMPILE_CACHE, TZ: 'UTC', ...preloadEnvironment({ allow: [], skewMs }) },
  });
  started.push(child);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('ready');
  return {
    child,
    read: async () => {
      child.stdin!.write('\n');
      return JSON.parse(String((await lines.next()).value)) as Readings;
    },
  };
}

const shifted = ['now', 'date', 'called', 'subclass', 'worker'];

function expectSkew(readings: Readings, skewMs: number): void {
  for (const way of shifted) {
    const aheadMs = Number(readings[way]) - Date.now();
    expect(Math.abs(aheadMs - skewMs), `${way} is ahead by ${aheadMs} ms instead of ${skewMs}`).toBeLessThan(toleranceMs);
  }
  for (const way of ['origin', 'httpHeader']) expect(Math.abs(Number(readings[way]) - Date.now()), way).toBeLessThan(toleranceMs);
  expect(readings['alike']).toBe(true);
}

test('a process begins with the skew that it is started with, and follows those that it is told', async () => {
  const { child, read } = await start(5 * hourMs);
  const first = await read();
  expectSkew(first, 5 * hourMs);
  await setClockSkew(child, -30 * hourMs);
  const second = await read();
  expectSkew(second, -30 * hourMs);
  expect(second['childSkewMs']).toBe(String(-30 * hourMs));
  // Time that passes is not touched, however the wall clock jumps.
  expect(second.passedMs).toBeGreaterThan(first.passedMs);
  expect(Math.abs(second.passedMs - second.hrtimeMs)).toBeLessThan(1000);
  expect(second.passedMs).toBeLessThan(toleranceMs);
  await Promise.all([setClockSkew(child, hourMs), setClockSkew(child, 2 * hourMs)]);
  expectSkew(await read(), 2 * hourMs);
  await setClockSkew(child, 0);
  expectSkew(await read(), 0);
});

test('the channel does not keep a process alive that has done its work', async () => {
  const { child } = await start(0);
  child.stdin!.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

describe('setting the clock fails with the reason', () => {
  test('where there is no channel', async () => {
    const { child, read } = await start(hourMs, { ipc: false });
    expectSkew(await read(), hourMs);
    await expect(setClockSkew(child, 0)).rejects.toThrow(
      `process ${child.pid} cannot be set: it has no channel (spawn it with "ipc" in its stdio)`,
    );
  });

  test('where the process has ended, or ends before it answers', async () => {
    const { child } = await start(0);
    child.kill('SIGSTOP');
    const setting = expect(setClockSkew(child, 1)).rejects.toThrow(/it ended, or closed its channel/);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await Promise.all([setting, exited]);
    await expect(setClockSkew(child, 1)).rejects.toThrow(/it has no channel \(it has ended\)/);
  });

  test('where the process does not answer, or has no preload', async () => {
    const { child } = await start(0);
    child.kill('SIGSTOP');
    await expect(setClockSkew(child, 1, { timeoutMs: 300 })).rejects.toThrow(/no answer in 300 ms. Is it stopped/);
    const bare = await start(0, { preload: false });
    await expect(setClockSkew(bare.child, 1, { timeoutMs: 300 })).rejects.toThrow(/started without the preload/);
  });

  test('where it is no whole number', async () => {
    const { child } = await start(0);
    await expect(setClockSkew(child, Number.NaN)).rejects.toThrow(RangeError);
    await expect(setClockSkew(child, 0.5)).rejects.toThrow(RangeError);
  });
});

test('a process is not started on a skew that is none', async () => {
  const child = spawn(process.execPath, [...preloadArguments(), clock], {
    env: { SIM_CLOCK_SKEW_MS: '5s' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  await once(child, 'close');
  expect(child.exitCode).not.toBe(0);
  expect(complaint).toContain('SIM_CLOCK_SKEW_MS must be a whole number of milliseconds, not "5s"');
});

test('messages of others are none of the clock', () => {
  expect(isClockMessage({ type: 'sim:clock-skew', id: 1, skewMs: -5 })).toBe(true);
  for (const message of [
    null,
    'x',
    5,
    {},
    { type: 'sim:clock-skew' },
    { type: 'sim:clock-skew', id: 1, skewMs: '5' },
    { type: 'x', id: 1, skewMs: 5 },
  ]) {
    expect(isClockMessage(message)).toBe(false);
  }
});
