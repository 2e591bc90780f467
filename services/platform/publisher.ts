import type pg from 'pg';

import { backoffMs, type Clock } from './clock.ts';
import type { Logger } from './log.ts';
import { pointerOutbox, type OutboxSource } from './outbox-source.ts';
import { sentRows, type PackedMessage } from './pack.ts';
import type { CountedQueue, Queue } from './queue/index.ts';
import { createRoom } from './queue/room.ts';

export interface Publisher {
  /**
   * Call between commit and response: publishes what is in the outbox, and returns when it is sent or when `boundMs` have passed, whichever is
   * first. Never throws: what could not be sent stays in the outbox, and is tried again until it is, or a sweep takes it.
   */
  afterCommit(traceparent?: string): Promise<void>;
  /** Publishes until the outbox is empty, or the queue is full: then the rest waits for a later sweep. Throws when the queue or the database does not take it. */
  sweep(): Promise<number>;
  /** Stops trying again and waits for the flush under way. */
  drain(): Promise<void>;
}

const CLAIM_ROWS = 200;
/** A message a write would keep both sides of the border busier than the writes themselves. */
const GAP_MS = 20;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 30_000;

interface PublisherDeps {
  readonly queue: Queue & Partial<Pick<CountedQueue, 'depth'>>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly boundMs?: number;
  /** Flushes start no sooner one after the other. */
  readonly gapMs?: number;
  readonly leaseMs?: number;
}

const POINTERS_PER_MESSAGE = 1_000;

/** Publishes pointers to changed rows, of all services of the region. */
export function createPublisher(deps: PublisherDeps & { readonly pool: pg.Pool; readonly region: string }): Publisher {
  const limits = { messageBytes: deps.queue.limits.messageBytes, pointersPerMessage: POINTERS_PER_MESSAGE };
  return createOutboxPublisher({ ...deps, source: pointerOutbox(deps.pool, deps.region, limits) });
}

/** The publisher of one process: any number of them may run at once on one outbox (claims skip each other's rows). */
export function createOutboxPublisher(deps: PublisherDeps & { readonly source: OutboxSource }): Publisher {
  const { source, queue, log, clock } = deps;
  const boundMs = deps.boundMs ?? 50;
  const gapMs = deps.gapMs ?? GAP_MS;
  const leaseMs = deps.leaseMs ?? 30_000;
  const hasRoom = createRoom(queue, clock);
  const stopping = new AbortController();
  /** Deletions from the outbox that are under way, each with its error: nobody who commits waits for them. */
  const settling = new Set<Promise<unknown>>();
  let flushedAtMs = -Infinity;
  /** Does the running flush still wait for its turn? */
  let gathering = false;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let retrying: Promise<void> | undefined;

  /** Deletes rows that the queue has taken. Where that fails they are published again, which does no harm. */
  function settle(token: string, sent: readonly { row: string; message: string }[]): void {
    const settled: Promise<unknown> = source
      .settle(token, sent)
      .then(
        () => undefined,
        async (error: unknown) => {
          const rows = sent.map(({ row }) => row);
          await source.release(token, rows).catch(() => undefined);
          retryLater(error);
          return error;
        },
      )
      .finally(() => settling.delete(settled));
    settling.add(settled);
  }

  async function sendAll(messages: readonly PackedMessage[], token: string): Promise<void> {
    const results = await queue.send(messages.map((message) => message.body));
    const taken = new Set(messages.filter((_, index) => results[index]?.ok === true));
    const sent = sentRows(messages, (message) => taken.has(message));
    if (sent.length > 0) settle(token, sent);
    const failed = results.find((result) => !result.ok);
    if (failed !== undefined && !failed.ok) throw new Error(`the queue did not take a message: ${failed.code}`);
  }

  async function flushOnce(traceparent?: string): Promise<number> {
    if (!(await hasRoom())) return 0;
    const claim = await source.claim(CLAIM_ROWS, leaseMs, traceparent);
    if (claim === undefined) return 0;
    try {
      await sendAll(claim.messages, claim.token);
    } catch (error) {
      // What was sent of it must be out before the rest is given back, or it would be sent again.
      await Promise.all(settling);
      await source.release(claim.token, claim.rowIds).catch(() => undefined);
      throw error;
    }
    return claim.rowIds.length;
  }

  async function sendOutbox(traceparent?: string): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await flushOnce(traceparent);
      total += count;
      if (count < CLAIM_ROWS) return total;
    }
  }

  /** At most one flush runs and one waits: a commit is covered by the first flush that starts after it. */
  function flush(traceparent?: string): Promise<void> {
    if (running !== undefined) {
      // It has not claimed yet, so it will find this commit's pointers too.
      if (gathering) return running;
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return flush(traceparent);
        });
      return next;
    }
    const started = (async () => {
      // The first commit after a pause goes out at once; of many those share a message that come within the gap. Clocks may step back.
      const earlyMs = Math.min(gapMs, flushedAtMs + gapMs - clock.now());
      if (earlyMs > 0) {
        gathering = true;
        await clock.wait(earlyMs, stopping.signal);
        gathering = false;
      }
      flushedAtMs = clock.now();
      await sendOutbox(traceparent);
    })();
    running = started;
    const clear = (): void => {
      if (running === started) running = undefined;
    };
    started.then(clear, clear);
    return started;
  }

  function retryLater(error: unknown): void {
    if (retrying !== undefined || stopping.signal.aborted) return;
    log.warn({ err: error }, 'publishing failed; it will be tried again');
    retrying = (async () => {
      for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
        await clock.wait(backoffMs(attempt, RETRY_BASE_MS, RETRY_CAP_MS) + 20, stopping.signal);
        if (stopping.signal.aborted) break;
        try {
          await flush();
          log.info({ attempts: attempt + 1 }, 'publishing works again');
          break;
        } catch (again) {
          log.debug({ err: again, attempt }, 'publishing failed again');
        }
      }
      retrying = undefined;
    })();
  }

  return {
    async afterCommit(traceparent) {
      const bound = new AbortController();
      const flushed = flush(traceparent).catch(retryLater);
      await Promise.race([flushed, clock.wait(boundMs, bound.signal)]);
      bound.abort();
    },
    async sweep() {
      const total = await sendOutbox();
      const failure = (await Promise.all(settling)).find((error) => error !== undefined);
      if (failure !== undefined) throw failure;
      return total;
    },
    async drain() {
      stopping.abort();
      await Promise.allSettled([running, next, retrying]);
      await Promise.all(settling);
    },
  };
}
