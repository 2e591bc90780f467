import { expect, it } from 'vitest';

import { silentLog } from '../../testing/region-database.ts';
import { runLoop } from './loop.ts';

const clock = { now: () => 0, wait: async () => undefined };
const limits = { batch: 10, messageBytes: 1, batchBytes: 1, minVisibilitySeconds: 1, maxWaitSeconds: 20 };
const message = { id: '1', body: '{}', receipt: 'r', receiveCount: 1 };

it('receives nothing while the database is away, so that no message looks like poison when it is back', async () => {
  const stop = new AbortController();
  const steps: string[] = [];
  let outage = 3;
  await runLoop(
    {
      queue: {
        limits,
        async receive() {
          steps.push('receive');
          if (steps.filter((step) => step === 'receive').length === 2) stop.abort();
          return [message];
        },
      },
      async handle() {
        steps.push('handle');
        return { done: [], kept: ['1'], pauses: new Map(), failure: steps.length === 2 ? new Error('away') : undefined };
      },
      async ping() {
        steps.push('ping');
        outage -= 1;
        if (outage > 0) throw new Error('away');
      },
      clock,
      log: silentLog,
    },
    stop.signal,
  );
  // What was received is handled, though it was told to stop meanwhile.
  expect(steps).toEqual(['receive', 'handle', 'ping', 'ping', 'ping', 'receive', 'handle']);
});

it('goes on after a queue that did not answer', async () => {
  const stop = new AbortController();
  let calls = 0;
  await runLoop(
    {
      queue: {
        limits,
        async receive() {
          calls += 1;
          if (calls < 4) throw new Error('unavailable');
          stop.abort();
          return [];
        },
      },
      handle: () => Promise.reject(new Error('there is nothing to handle')),
      ping: async () => undefined,
      clock,
      log: silentLog,
    },
    stop.signal,
  );
  expect(calls).toBe(4);
});
