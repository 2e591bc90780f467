import { afterEach, beforeEach, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import type { Received } from '#platform/queue/index.ts';

import { log } from '../testing/border.ts';
import { openOperators, type Operators } from '../testing/operators.ts';
import { openRegion, type TestRegion } from '../testing/regions.ts';
import { runLoop, type LoopDeps } from '../worker/loop.ts';
import { createGate } from '../worker/flow/gate.ts';
import { defaultLimits } from '../worker/flow/limits.ts';
import { NotAcknowledged } from '../worker/not-acknowledged.ts';
import type { DirectionReport } from '../worker/rows.repository.ts';
import { createPauseGate, type PauseGate } from './pause.ts';

let world: TestRegion;
let operators: Operators;
/** What is in the queue, and what the worker took of it. */
let waiting: Received[];
let handled: string[];
let handedBack: string[];
let probes: number;
let receives: number;
let sweeps: number;
let reports: DirectionReport[];
let stops: AbortController[];
let loops: Promise<void>[];
let arrived: () => void;

beforeEach(async () => {
  world = await openRegion('world');
  operators = await openOperators(world);
  [waiting, handled, handedBack, reports, stops, loops] = [[], [], [], [], [], []];
  probes = receives = sweeps = 0;
  arrived = () => undefined;
});
afterEach(async () => {
  for (const stop of stops) stop.abort();
  await Promise.all(loops ?? []);
  await operators?.app.close();
  await world?.close();
});

const because = { reason: 'the border is being moved' };
const put = (id: string): void => {
  waiting.push({ id, receipt: id, body: '', receiveCount: 1 });
  arrived();
};
const last = (): string | undefined => reports.at(-1)?.state;

/** A worker's loop, as after a start of its process: it knows of a pause what the database says. */
function startLoop(handle: LoopDeps['handle'] = take): PauseGate {
  const gate = createPauseGate({ pool: world.sync, peer: 'china', clock: systemClock, log });
  const stop = new AbortController();
  stops.push(stop);
  const queue: LoopDeps['queue'] = {
    limits: { batch: 10, messageBytes: 1, batchBytes: 1, minVisibilitySeconds: 0, maxWaitSeconds: 20 },
    receive: async (_options, signal) => {
      receives += 1;
      while (waiting.length === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      signal.throwIfAborted();
      return waiting.splice(0, 10);
    },
  };
  const probe = async (): Promise<void> => void (probes += 1);
  const whilePaused = async (): Promise<void> => void (sweeps += 1);
  const direction = { report: (report: DirectionReport) => void reports.push(report), flush: async () => undefined };
  const flow = createGate(defaultLimits, systemClock);
  const giveBack = async (received: readonly Received[]): Promise<void> => {
    waiting.push(...received);
    handedBack.push(...received.map(({ id }) => id));
  };
  const idle = (): void => undefined;
  const deps = { queue, flow, handle, probe, direction, clock: systemClock, log, gate, idle, giveBack, whilePaused };
  loops.push(runLoop(deps, stop.signal, stop.signal));
  return gate;
}

async function take(received: readonly Received[]): ReturnType<LoopDeps['handle']> {
  handled.push(...received.map(({ id }) => id));
  return { failure: undefined, oldestWriteMs: Date.now() };
}

test('a paused direction leaves everything in the queue, over restarts too, and goes on when it is resumed', async () => {
  let gate = startLoop();
  put('1');
  await expect.poll(() => handled).toEqual(['1']);
  // A long poll is under way: it is not broken off, and what it brings is handed back.
  await expect.poll(() => receives).toBe(2);
  expect((await operators.call('POST', '/v1/sync/pause', 'admin', because)).status).toBe(200);
  gate.poke();
  await expect.poll(last).toBe('paused');
  expect(reports.at(-1)?.reason).toBe('paused: the border is being moved');
  put('2');
  await expect.poll(() => handedBack).toEqual(['2']);
  const before = receives;
  stops.pop()?.abort();
  await loops.pop();
  reports.length = 0;
  gate = startLoop();
  await expect.poll(last).toBe('paused');
  // What the queue's sweeps would have brought about goes on.
  await expect.poll(() => sweeps).toBeGreaterThan(1);
  expect([handled, waiting.map(({ id }) => id), receives]).toEqual([['1'], ['2'], before]);
  await operators.call('POST', '/v1/sync/resume', 'admin', because);
  gate.poke();
  await expect.poll(() => handled).toEqual(['1', '2']);
});

test('a paused direction does not probe either', async () => {
  const gate = startLoop(async () => ({
    failure: new NotAcknowledged('unreachable', 'no', { code: 'border_unreachable' }),
    oldestWriteMs: null,
  }));
  put('1');
  await expect.poll(() => probes).toBeGreaterThan(0);
  await operators.call('POST', '/v1/sync/pause', 'admin', because);
  gate.poke();
  await expect.poll(last).toBe('paused');
  const [before, swept] = [probes, sweeps];
  await expect.poll(() => sweeps, { timeout: 15_000 }).toBeGreaterThan(swept);
  expect(probes).toBe(before);
});

test('what the peer refuses stays a stall with its reason, although its probe is answered, until it acknowledges something', async () => {
  let refuses = true;
  startLoop(async (received) => {
    if (!refuses) return take(received);
    for (const { id } of received) put(id);
    return {
      failure: new NotAcknowledged('protocol', 'the peer answered 422', { status: 422, code: 'protocol_unsupported' }),
      oldestWriteMs: null,
    };
  });
  put('1');
  await expect.poll(() => probes).toBeGreaterThan(1);
  const states = reports.slice(reports.findIndex(({ state }) => state === 'stalled')).map(({ state }) => state);
  expect(new Set(states)).toEqual(new Set(['stalled']));
  expect(reports.at(-1)?.reason).toMatch(/^protocol_unsupported: the peer does not speak our version/);
  refuses = false;
  await expect.poll(last).toBe('running');
});

test('until the database has said that it is not paused nothing is received', async () => {
  const gate = createPauseGate({
    pool: { query: () => Promise.reject(new Error('away')) } as never,
    peer: 'china',
    clock: systemClock,
    log,
  });
  expect(await gate.pausedFor()).toMatch(/not known yet/);
});
