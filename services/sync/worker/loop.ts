import { backoffMs, type Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';
import type { Queue } from '#platform/queue/index.ts';

import type { Direction } from './direction.ts';
import type { Handled } from './handle.ts';

const MOST_BATCHES = 8;
const WAIT_SECONDS = 20;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;
const SILENT_AFTER_MS = 5_000;
const WATCH_EVERY_MS = 1_000;

export interface LoopDeps {
  readonly queue: Pick<Queue, 'receive' | 'limits'>;
  readonly handle: (received: Awaited<ReturnType<Queue['receive']>>, signal: AbortSignal) => Promise<Handled>;
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly direction: Direction;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Drives the handler by long polls until `signal` aborts; several batches are under way at once, so that a far peer is kept busy. While the
 * border is down nothing is received (a waiting backlog must not look like poison): the peer is probed with back-off until it answers.
 * Resolves when what was under way has ended; `hardStop` cuts requests that are still under way.
 */
export async function runLoop(deps: LoopDeps, signal: AbortSignal, hardStop: AbortSignal): Promise<void> {
  const { queue, direction, clock, log } = deps;
  const underWay = new Set<Promise<void>>();
  const startedAtMs = new Map<Promise<void>, number>();
  // A black hole answers nothing for a long time: say so before the request's own time limit does.
  const watching = setInterval(() => {
    const waitingMs = clock.now() - Math.min(...startedAtMs.values());
    if (waitingMs > SILENT_AFTER_MS && waitingMs < Infinity) {
      direction.report({ state: 'stalled', reason: 'the border: no answer', lagMs: Math.round(waitingMs) });
    }
  }, WATCH_EVERY_MS);
  let failure: unknown;
  let queueFailures = 0;
  /** Batches that failed since the last one that did not: how patient to be. */
  let failures = 0;

  const take = (received: Awaited<ReturnType<Queue['receive']>>): void => {
    direction.report({ state: 'running', reason: null, lagMs: null });
    const handling = deps.handle(received, hardStop).then(
      (handled) => {
        failure ??= handled.failure;
        if (handled.failure === undefined) failures = 0;
        if (handled.oldestWriteMs !== null) {
          direction.report({ state: 'running', reason: null, lagMs: Math.max(0, Math.round(clock.now() - handled.oldestWriteMs)) });
        }
      },
      (error: unknown) => {
        failure ??= error;
      },
    );
    const tracked: Promise<void> = handling.finally(() => {
      underWay.delete(tracked);
      startedAtMs.delete(tracked);
    });
    underWay.add(tracked);
    startedAtMs.set(tracked, clock.now());
  };

  while (!signal.aborted) {
    if (failure !== undefined) {
      await Promise.all(underWay);
      await untilPeerAnswers(deps, failure, failures, signal);
      failures += 1;
      failure = undefined;
      continue;
    }
    if (underWay.size >= MOST_BATCHES) {
      await Promise.race(underWay);
      continue;
    }
    try {
      // The queue's own visibility timeout (30 s) holds at first; MNS would need a call a message to change it here.
      const received = await queue.receive({ max: queue.limits.batch, waitSeconds: WAIT_SECONDS }, signal);
      queueFailures = 0;
      if (received.length > 0) take(received);
      else if (underWay.size === 0) direction.report({ state: 'idle', reason: null, lagMs: null });
    } catch (error) {
      if (signal.aborted) break;
      direction.report({ state: 'stalled', reason: `queue: ${messageOf(error)}`, lagMs: null });
      log.debug({ err: error }, 'receiving failed');
      await clock.wait(backoffMs(queueFailures, RETRY_BASE_MS, RETRY_CAP_MS) + 50, signal);
      queueFailures += 1;
    }
  }
  await Promise.all(underWay);
  clearInterval(watching);
}

async function untilPeerAnswers(deps: LoopDeps, failure: unknown, failures: number, signal: AbortSignal): Promise<void> {
  const { direction, clock } = deps;
  direction.report({ state: 'stalled', reason: messageOf(failure), lagMs: null });
  for (let attempt = failures; !signal.aborted; attempt += 1) {
    await clock.wait(backoffMs(Math.min(attempt, 10), RETRY_BASE_MS, RETRY_CAP_MS) + 50, signal);
    try {
      await deps.probe(signal);
      direction.report({ state: 'running', reason: null, lagMs: null });
      return;
    } catch (error) {
      direction.report({ state: 'stalled', reason: messageOf(error), lagMs: null });
    }
  }
}
