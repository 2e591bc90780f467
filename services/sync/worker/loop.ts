import { backoffMs, type Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/log.ts';
import type { Queue, Received } from '#platform/queue/index.ts';

import type { PauseGate } from '../operate/pause.ts';
import { asksForSweep } from './coalesce.ts';
import type { Direction } from './direction.ts';
import type { Gate } from './flow/gate.ts';
import { bytesOf, gather } from './gather.ts';
import type { Handled } from './handle.ts';
import { lastsUntilAcknowledged, plainReason, reasonOf, writtenReason } from './reasons.ts';

/** Bytes of messages under way: some 30,000 pointers, more than there is memory for rows. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_MESSAGES = 500;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;
/** A busy peer takes a few seconds for a body. */
const SILENT_AFTER_MS = 15_000;
const WATCH_EVERY_MS = 1_000;
/** How often a paused worker looks after what is not its direction's, and whether it is still paused. */
const PAUSED_EVERY_MS = 5_000;
/** What was not acknowledged is visible again by then: where the queue is empty, others have brought it over. */
const FORGET_FAILURE_MS = 120_000;

export interface LoopDeps {
  readonly queue: Pick<Queue, 'receive' | 'limits'>;
  readonly flow: Pick<Gate, 'limit' | 'answeredAtMs' | 'reopen'>;
  readonly handle: (received: readonly Received[], signal: AbortSignal) => Promise<Pick<Handled, 'failure' | 'oldestWriteMs'>>;
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly direction: Direction;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether an operator has paused the direction. */
  readonly gate: Pick<PauseGate, 'pausedFor' | 'changed'>;
  /** Told when the queue holds nothing, and nothing is under way. */
  readonly idle: () => void;
  /** Hands back to the queue what was received when the direction had been paused. */
  readonly giveBack: (received: readonly Received[]) => Promise<void>;
  /** What goes on while the direction is paused: sweeps come over the queue, which nobody receives from then. */
  readonly whilePaused: () => Promise<void>;
}

/**
 * Drives the handler by long polls until `signal` aborts. One batch more is under way than requests may be in flight, so that a far peer is kept busy
 * and what comes meanwhile is gathered. While the border is down nothing is received (a waiting backlog must not look like poison): the peer is probed with back-off until it answers.
 * A direction that stands still for a reason of the peer's stays `stalled` until the peer acknowledges something: that it answers a probe says little.
 * While an operator has paused the direction nothing is received or probed. Resolves when what was under way has ended; `hardStop` cuts requests that are still under way.
 */
export async function runLoop(deps: LoopDeps, signal: AbortSignal, hardStop: AbortSignal): Promise<void> {
  const { queue, flow, direction, clock, log } = deps;
  const underWay = new Map<Promise<void>, { startedAtMs: number; messages: number; bytes: number }>();
  const waitingSinceMs = (): number => Math.min(...[...underWay.values()].map((batch) => batch.startedAtMs));
  const isSilent = (): boolean => underWay.size > 0 && clock.now() - Math.max(waitingSinceMs(), flow.answeredAtMs()) > SILENT_AFTER_MS;
  // A black hole answers nothing for a long time: say so before the request's own time limit does.
  const watching = setInterval(() => {
    if (isSilent())
      direction.report({ state: 'stalled', reason: plainReason('border_silent'), lagMs: Math.round(clock.now() - waitingSinceMs()) });
  }, WATCH_EVERY_MS);
  let failure: unknown;
  let lastFailure: unknown;
  let queueFailures = 0;
  /** Batches that failed since the last one that did not: how patient to be. */
  let failures = 0;
  let failedAtMs = -Infinity;
  /** Has the peer, or the database, refused since it last took something? */
  const isStalled = (): boolean => failures > 0;

  const take = (received: readonly Received[]): void => {
    // The schedule's sweeps are no traffic: a direction that has nothing else is idle.
    const isTraffic = !received.every(({ body }) => asksForSweep(body));
    if (isTraffic && !isStalled() && !isSilent()) direction.report({ state: 'running', reason: null, lagMs: null });
    const handling = deps.handle(received, hardStop).then(
      (handled) => {
        failure ??= handled.failure;
        if (handled.failure !== undefined) return;
        // Without an answer of the peer (a sweep, say) only an error of our own is over.
        if (handled.oldestWriteMs !== null || !lastsUntilAcknowledged(lastFailure)) failures = 0;
        if (handled.oldestWriteMs !== null) {
          direction.report({ state: 'running', reason: null, lagMs: Math.max(0, Math.round(clock.now() - handled.oldestWriteMs)) });
        } else if (!isTraffic && underWay.size === 1 && !isStalled()) direction.report({ state: 'idle', reason: null, lagMs: null });
      },
      (error: unknown) => {
        failure ??= error;
      },
    );
    const tracked: Promise<void> = handling.finally(() => underWay.delete(tracked));
    underWay.set(tracked, { startedAtMs: clock.now(), messages: received.length, bytes: bytesOf(received) });
  };

  const isFull = (): boolean => {
    const batches = [...underWay.values()];
    const sum = (of: 'messages' | 'bytes'): number => batches.reduce((total, batch) => total + batch[of], 0);
    return batches.length > flow.limit() || sum('messages') >= MOST_MESSAGES || sum('bytes') >= MOST_BYTES;
  };

  /** A long poll is not broken off for a pause: what the queue was about to hand over would be invisible until its timeout. */
  const poll = async (): Promise<Received[]> => {
    // The queue's own visibility timeout (30 s) holds at first; MNS would need a call a message to change it here.
    const received = await gather(queue, signal);
    if (received.length === 0 || (await deps.gate.pausedFor()) === undefined) return received;
    await deps.giveBack(received);
    return [];
  };
  let polling: Promise<Received[]> | undefined;

  while (!signal.aborted) {
    const pausedFor = await deps.gate.pausedFor();
    if (pausedFor !== undefined) {
      await Promise.all(underWay.keys());
      failure = undefined;
      failures = 0;
      direction.report({ state: 'paused', reason: `paused: ${pausedFor}`, lagMs: null });
      await deps.whilePaused();
      await clock.wait(PAUSED_EVERY_MS, AbortSignal.any([signal, deps.gate.changed()]));
      continue;
    }
    if (failure !== undefined) {
      await Promise.all(underWay.keys());
      const before = failures;
      lastFailure = failure;
      failure = undefined;
      failures += 1;
      await untilPeerAnswers(deps, lastFailure, before, signal);
      flow.reopen();
      failedAtMs = clock.now();
      continue;
    }
    if (isFull()) {
      await Promise.race(underWay.keys());
      continue;
    }
    try {
      polling ??= poll();
      const received = await unlessTold(polling, deps.gate.changed());
      if (received === undefined) continue;
      polling = undefined;
      queueFailures = 0;
      if (received.length > 0) take(received);
      else if (underWay.size === 0) {
        deps.idle();
        if (clock.now() - failedAtMs > FORGET_FAILURE_MS) failures = 0;
        if (!isStalled()) direction.report({ state: 'idle', reason: null, lagMs: null });
      }
    } catch (error) {
      polling = undefined;
      if (signal.aborted) break;
      direction.report({ state: 'stalled', reason: writtenReason(reasonOf(error, 'queue')), lagMs: null });
      log.debug({ err: error }, 'receiving failed');
      await clock.wait(backoffMs(queueFailures, RETRY_BASE_MS, RETRY_CAP_MS) + 50, signal);
      queueFailures += 1;
    }
  }
  await Promise.all([...underWay.keys(), polling?.catch(() => undefined)]);
  clearInterval(watching);
}

/** What `polling` brings; undefined as soon as `told` is aborted. */
async function unlessTold(polling: Promise<Received[]>, told: AbortSignal): Promise<Received[] | undefined> {
  const listening = new AbortController();
  const telling = new Promise<undefined>((resolve) => {
    told.addEventListener('abort', () => resolve(undefined), { once: true, signal: listening.signal });
  });
  try {
    return await Promise.race([polling, telling]);
  } finally {
    listening.abort();
  }
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
