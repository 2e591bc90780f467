import { backoffMs, type Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';
import type { Queue, Received } from '#platform/queue/index.ts';

import type { Handled } from './handle.ts';

const WAIT_SECONDS = 20;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;

export interface LoopDeps {
  readonly queue: Pick<Queue, 'receive' | 'limits'>;
  readonly handle: (received: readonly Received[]) => Promise<Handled>;
  /** Throws while the database is away. */
  readonly ping: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Drives the handler by long polls until `signal` aborts, a batch at a time; resolves when the last one has ended. While the database is away nothing is received:
 * receives are counted, and a message must not look like poison because of an outage.
 */
export async function runLoop({ queue, handle, ping, clock, log }: LoopDeps, signal: AbortSignal): Promise<void> {
  let failures = 0;
  const patience = async (): Promise<void> => {
    await clock.wait(backoffMs(Math.min(failures, 10), RETRY_BASE_MS, RETRY_CAP_MS) + 50, signal);
    failures += 1;
  };
  let needsPing = false;
  while (!signal.aborted) {
    try {
      if (needsPing) await ping();
      needsPing = false;
      const received = await queue.receive({ max: queue.limits.batch, waitSeconds: WAIT_SECONDS }, signal);
      const failure = received.length === 0 ? undefined : (await handle(received)).failure;
      if (failure !== undefined) {
        needsPing = true;
        throw failure;
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) break;
      // Once an outage: what follows is the same again.
      if (failures === 0) log.warn({ reason: messageOf(error) }, 'events are not acted on at the moment; it will be tried again');
      await patience();
    }
  }
}
