import { expect, test } from 'vitest';

import { systemClock, type Clock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';
import type { Received } from '#platform/queue/index.ts';

import { createGate } from './flow/gate.ts';
import { defaultLimits } from './flow/limits.ts';
import { runLoop, type LoopDeps } from './loop.ts';
import { NotAcknowledged } from './not-acknowledged.ts';

const ATTEMPTS = 20;
const HOUR_MS = 3_600_000;

/** A loop on a border that `handle` and `probe` know, and a clock whose waiting takes no time but lets others go on. */
function loopOf(deps: Pick<LoopDeps, 'handle' | 'probe' | 'clock'>, receive: () => Received[]): LoopDeps {
  return {
    ...deps,
    queue: {
      limits: { batch: 10, messageBytes: 1, batchBytes: 1, minVisibilitySeconds: 0, maxWaitSeconds: 20 },
      async receive(_options, signal): Promise<Received[]> {
        await deps.clock.wait(0);
        signal.throwIfAborted();
        return receive();
      },
    },
    flow: createGate(defaultLimits, systemClock),
    direction: { report: () => undefined, flush: async () => undefined },
    log: createLogger({ level: 'silent', region: 'test' }),
    gate: { pausedFor: async () => undefined, changed: () => new AbortController().signal },
    giveBack: async () => undefined,
    idle: () => undefined,
    whilePaused: async () => undefined,
  };
}

test('while the border is down nothing is received: the peer is probed, and a message that waits does not come to look like poison', async () => {
  const stop = new AbortController();
  // Waiting takes no time, but lets others go on.
  const clock: Clock = { ...systemClock, wait: async () => new Promise((resolve) => setImmediate(resolve)) };
  const unreachable = new NotAcknowledged('unreachable', 'no', { code: 'border_unreachable' });
  /** Whoever tries to cross, with a message or a probe, uses up the outage. */
  let outage = ATTEMPTS;
  const crosses = (): boolean => {
    outage -= 1;
    return outage < 0;
  };
  let receiveCount = 0;
  let waiting = true;
  const loop = loopOf(
    {
      clock,
      async handle() {
        if (crosses()) {
          stop.abort();
          return { failure: undefined, oldestWriteMs: Date.now() };
        }
        // It is given back, and visible at once.
        waiting = true;
        return { failure: unreachable, oldestWriteMs: null };
      },
      async probe() {
        if (!crosses()) throw unreachable;
      },
    },
    () => {
      if (!waiting) return [];
      waiting = false;
      receiveCount += 1;
      return [{ id: 'm', receipt: 'm', body: '', receiveCount }];
    },
  );
  await runLoop(loop, stop.signal, stop.signal);
  expect(receiveCount).toBe(2);
});

test('an outage of an hour costs a probe every few seconds, and when it is over no more than that is lost', async () => {
  const stop = new AbortController();
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    wait: async (ms) => {
      nowMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const unreachable = new NotAcknowledged('unreachable', 'no', { code: 'border_unreachable' });
  const probes: number[] = [];
  let handled = 0;
  const loop = loopOf(
    {
      clock,
      async handle() {
        handled += 1;
        if (nowMs < HOUR_MS) return { failure: unreachable, oldestWriteMs: null };
        stop.abort();
        return { failure: undefined, oldestWriteMs: nowMs };
      },
      async probe() {
        probes.push(nowMs);
        if (nowMs < HOUR_MS) throw unreachable;
      },
    },
    () => [{ id: 'm', receipt: 'm', body: '', receiveCount: 1 }],
  );
  await runLoop(loop, stop.signal, stop.signal);
  expect(handled).toBeLessThan(5);
  // With jitter, and at most five seconds apart.
  expect(probes.length).toBeGreaterThan(HOUR_MS / 5_100);
  expect(probes.length).toBeLessThan(HOUR_MS / 1_000);
  expect(nowMs - HOUR_MS).toBeLessThan(10_000);
});
