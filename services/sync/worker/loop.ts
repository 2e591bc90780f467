import { backoffMs, type Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/log.ts';
import type { Queue } from '#platform/queue/index.ts';

import type { PauseGate } from '../operate/pause.ts';
import type { Direction } from './direction.ts';
import type { Handled } from './handle.ts';
import { plainReason, reasonOf, writtenReason } from './reasons.ts';
import { NotAcknowledged } from './signed.ts';

const MOST_BATCHES = 8;
const WAIT_SECONDS = 20;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;
const SILENT_AFTER_MS = 5_000;
const WATCH_EVERY_MS = 1_000;
/** How often a paused worker looks after what is not its direction's, and whether it is still paused. */
const PAUSED_EVERY_MS = 5_000;
/** What was not acknowledged is visible again by then: where the queue is empty, others have brought it over. */
const FORGET_FAILURE_MS = 120_000;

export interface LoopDeps {
  readonly queue: Pick<Queue, 'receive' | 'limits'>;
  readonly handle: (received: Awaited<ReturnType<Queue['receive']>>, signal: AbortSignal) => Promise<Handled>;
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly direction: Direction;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether an operator has paused the direction. */
  readonly gate: Pick<PauseGate, 'pausedFor' | 'changed'>;
  /** What goes on while the direction is paused: sweeps come over the queue, which nobody receives from then. */
  readonly whilePaused: () => Promise<void>;
}

/**
 * Drives the handler by long polls until `signal` aborts; several batches are under way at once, so that a far peer is kept busy. While the
 * border is down nothing is received (a waiting backlog must not look like poison): the peer is probed with back-off until it answers.
 * A direction that stands still for a reason of the peer's stays `stalled` until the peer acknowledges something: that it answers a probe says little.
 * While an operator has paused the direction nothing is received or probed. Resolves when what was under way has ended; `hardStop` cuts requests that are still under way.
 */
export async function runLoop(deps: LoopDeps, signal: AbortSignal, hardStop: AbortSignal): Promise<void> {
  const { queue, direction, clock, log } = deps;
  const underWay = new Set<Promise<void>>();
  const startedAtMs = new Map<Promise<void>, number>();
  // A black hole answers nothing for a long time: say so before the request's own time limit does.
  const watching = setInterval(() => {
    const waitingMs = clock.now() - Math.min(...startedAtMs.values());
    if (waitingMs > SILENT_AFTER_MS && waitingMs < Infinity) {
      direction.report({ state: 'stalled', reason: plainReason('border_silent'), lagMs: Math.round(waitingMs) });
    }
  }, WATCH_EVERY_MS);
  let failure: unknown;
  let lastFailure: unknown;
  let queueFailures = 0;
  /** Batches that failed since the last one that did not: how patient to be. */
  let failures = 0;
  let failedAtMs = -Infinity;
  /** Has the peer, or the database, refused since it last took something? */
  const isStalled = (): boolean => failures > 0;

  const take = (received: Awaited<ReturnType<Queue['receive']>>): void => {
    if (!isStalled()) direction.report({ state: 'running', reason: null, lagMs: null });
    const handling = deps.handle(received, hardStop).then(
      (handled) => {
        failure ??= handled.failure;
        if (handled.failure !== undefined) return;
        // Without an answer of the peer (a sweep, say) only an error of our own is over.
        if (handled.oldestWriteMs !== null || !(lastFailure instanceof NotAcknowledged)) failures = 0;
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
    const pausedFor = await deps.gate.pausedFor();
    if (pausedFor !== undefined) {
      await Promise.all(underWay);
      failure = undefined;
      failures = 0;
      direction.report({ state: 'paused', reason: `paused: ${pausedFor}`, lagMs: null });
      await deps.whilePaused();
      await clock.wait(PAUSED_EVERY_MS, AbortSignal.any([signal, deps.gate.changed()]));
      continue;
    }
    if (failure !== undefined) {
      await Promise.all(underWay);
      const before = failures;
      lastFailure = failure;
      failure = undefined;
      failures += 1;
      await untilPeerAnswers(deps, lastFailure, before, signal);
      failedAtMs = clock.now();
      continue;
    }
    if (underWay.size >= MOST_BATCHES) {
      await Promise.race(underWay);
      continue;
    }
    const ended = AbortSignal.any([signal, deps.gate.changed()]);
    try {
      // The queue's own visibility timeout (30 s) holds at first; MNS would need a call a message to change it here.
      const received = await queue.receive({ max: queue.limits.batch, waitSeconds: WAIT_SECONDS }, ended);
      queueFailures = 0;
      if (received.length > 0) take(received);
      else if (underWay.size === 0) {
        if (clock.now() - failedAtMs > FORGET_FAILURE_MS) failures = 0;
        if (!isStalled()) direction.report({ state: 'idle', reason: null, lagMs: null });
      }
    } catch (error) {
      if (signal.aborted) break;
      if (ended.aborted) continue;
      direction.report({ state: 'stalled', reason: writtenReason(reasonOf(error, 'queue')), lagMs: null });
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
  direction.report({ state: 'stalled', reason: writtenReason(reasonOf(failure)), lagMs: null });
  for (let attempt = failures; !signal.aborted; attempt += 1) {
    await clock.wait(backoffMs(Math.min(attempt, 10), RETRY_BASE_MS, RETRY_CAP_MS) + 50, AbortSignal.any([signal, deps.gate.changed()]));
    if ((await deps.gate.pausedFor()) !== undefined) return;
    try {
      await deps.probe(signal);
      return;
    } catch (error) {
      direction.report({ state: 'stalled', reason: writtenReason(reasonOf(error)), lagMs: null });
    }
  }
}
