import { expect, test } from 'vitest';

import { systemClock, type Clock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';
import type { Received } from '#platform/queue/index.ts';

import { createGate } from './flow/gate.ts';
import { defaultLimits } from './flow/limits.ts';
import { runLoop } from './loop.ts';
import { NotAcknowledged } from './not-acknowledged.ts';

const ATTEMPTS = 20;

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
  await runLoop(
    {
      queue: {
        limits: { batch: 10, messageBytes: 1, batchBytes: 1, minVisibilitySeconds: 0, maxWaitSeconds: 20 },
        async receive(_options, signal): Promise<Received[]> {
          await clock.wait(0);
          signal.throwIfAborted();
          if (!waiting) return [];
          waiting = false;
          receiveCount += 1;
          return [{ id: 'm', receipt: 'm', body: '', receiveCount }];
        },
      },
      flow: createGate(defaultLimits, systemClock),
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
      direction: { report: () => undefined, flush: async () => undefined },
      clock,
      log: createLogger({ level: 'silent', region: 'test' }),
      gate: { pausedFor: async () => undefined, changed: () => new AbortController().signal },
      whilePaused: async () => undefined,
    },
    stop.signal,
    stop.signal,
  );
  expect(receiveCount).toBe(2);
});
