import type pg from 'pg';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import type { Logger } from '#platform/log.ts';
import type { Queue, Received } from '#platform/queue/index.ts';

import type { WorkerObserver } from '../operate/observer.ts';
import { coalesce, isAnswered, readMessage } from './coalesce.ts';
import { deliver } from './deliver.ts';
import type { Peer } from './post.ts';
import { settleUnknown } from './unknown.ts';

export interface HandleDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  readonly queue: Queue;
  readonly peer: Peer;
  readonly log: Logger;
  /** What a sweep message asks for. */
  readonly sweep: () => Promise<void>;
  readonly observer?: Pick<WorkerObserver, 'received'>;
}

export interface Handled {
  /** The first request that was not acknowledged, if any: the border may be down. */
  readonly failure: unknown;
  /** Milliseconds from the oldest answered write to its answer; null where nothing was answered. */
  readonly oldestWriteMs: number | null;
}

const VISIBILITY_SECONDS = 60;
const EXTEND_EVERY_MS = 10_000;
const SHIFT_TO_MS = 16n;

/**
 * Handles a batch of messages from end to end; the core of the worker, whatever drives it (a long poll here, a queue trigger elsewhere).
 * A message is deleted only when every pointer in it is answered; the others are given back to the queue. Keeps the messages invisible while
 * the work goes on. Throws only where queue or database fail.
 */
export async function handleBatch(deps: HandleDeps, received: readonly Received[], signal: AbortSignal): Promise<Handled> {
  const { queue, log } = deps;
  const receipts = new Map(received.map((message) => [message.id, message.receipt]));
  const extending = setInterval(() => void extendAll(queue, receipts, log), EXTEND_EVERY_MS);
  try {
    const messages = received.map((message) => ({
      id: message.id,
      content: readMessage(message.body),
      receiveCount: message.receiveCount,
    }));
    deps.observer?.received(messages.flatMap(({ content }) => (content.kind === 'pointers' ? [content.id] : [])));
    for (const { id, content } of messages) {
      // Nobody but publishers and the schedule writes to this queue: there is nothing in it to keep.
      if (content.kind === 'malformed') log.error({ messageId: id }, 'a message of no known form is dropped');
    }
    if (messages.some(({ content }) => content.kind === 'sweep')) await deps.sweep();
    const { answered, failure } = await deliver(deps, coalesce(messages.map(({ content }) => content)), signal);
    const unknown = await settleUnknown(deps, messages, receipts);
    const done = messages.filter(({ id, content }) => isAnswered(content, answered) || unknown.givenUp.has(id));
    const kept = messages.filter((message) => !done.includes(message) && message.content.kind !== 'unknown');
    const receiptsOf = (list: readonly { id: string }[]): string[] => list.flatMap(({ id }) => receipts.get(id) ?? []);
    if (done.length > 0) await queue.delete(receiptsOf(done));
    if (failure !== undefined) {
      await Promise.allSettled(receiptsOf(kept).map((receipt) => queue.extend(receipt, queue.limits.minVisibilitySeconds)));
    }
    return { failure, oldestWriteMs: oldestOf(answered) };
  } finally {
    clearInterval(extending);
  }
}

function oldestOf(answered: ReadonlyMap<string, ReadonlyMap<string, bigint>>): number | null {
  let oldest: bigint | undefined;
  for (const keys of answered.values()) for (const version of keys.values()) if (oldest === undefined || version < oldest) oldest = version;
  return oldest === undefined ? null : Number(oldest >> SHIFT_TO_MS);
}

async function extendAll(queue: Queue, receipts: Map<string, string>, log: Logger): Promise<void> {
  for (const [id, receipt] of receipts) {
    await queue.extend(receipt, VISIBILITY_SECONDS).then(
      (next) => receipts.set(id, next),
      (error: unknown) => log.warn({ err: error, messageId: id }, 'a message could not be kept invisible; it may be delivered twice'),
    );
  }
}
