import type { Queue, Received } from '#platform/queue/index.ts';

import type { WorkerObserver } from '../operate/observer.ts';
import { coalesce, isAnswered, readMessage, tracesOf, unanswered } from './coalesce.ts';
import { deliver, type DeliverDeps } from './deliver.ts';
import { openLease } from '#platform/queue/lease.ts';
import { oldestMsOf, type Unfinished } from './unfinished.ts';
import { settleUnknown } from './unknown.ts';

export interface HandleDeps extends DeliverDeps {
  /** What a sweep message asks for. */
  readonly sweep: () => Promise<void>;
  /** What is left of messages that could not be finished. */
  readonly unfinished: Unfinished;
  readonly observer?: Pick<WorkerObserver, 'received'>;
}

export interface Handled {
  /** Messages that may be deleted, and messages that must come again, by id. */
  readonly done: readonly string[];
  readonly kept: readonly string[];
  /** Messages for a newer worker: seconds until they should come again, by id. They are neither done nor kept. */
  readonly pauses: ReadonlyMap<string, number>;
  /** The first request that was not acknowledged, if any: the border may be down. */
  readonly failure: unknown;
  /** When the oldest write that was answered was made, in milliseconds since the epoch; null where nothing was answered. */
  readonly oldestWriteMs: number | null;
}

/**
 * The worker's core: handles a batch of messages from end to end and says of each whether it may be deleted: only when every pointer in it is
 * answered. It knows no queue, so that a long poll drives it here and a queue trigger where the platform has no workers. Throws only where the
 * database fails; then nothing is done.
 */
export async function handleMessages(
  deps: HandleDeps,
  received: readonly Pick<Received, 'id' | 'body' | 'receiveCount'>[],
  signal: AbortSignal,
): Promise<Handled> {
  const { log, unfinished } = deps;
  const messages = received.map(({ id, body, receiveCount }) => {
    const content = readMessage(body);
    return { id, content: content.kind === 'pointers' ? unfinished.begin(id, content) : content, receiveCount };
  });
  deps.observer?.received(messages.flatMap(({ content }) => (content.kind === 'pointers' ? [content.id] : [])));
  for (const { id, content } of messages) {
    // Nobody but publishers and the schedule writes to this queue: there is nothing in it to keep.
    if (content.kind === 'malformed') log.error({ messageId: id }, 'a message of no known form is dropped');
  }
  // The schedule asks again; what a sweep could not do holds up nothing that waits to be sent.
  if (messages.some(({ content }) => content.kind === 'sweep'))
    await deps.sweep().catch((error: unknown) => log.warn({ err: error }, 'a sweep failed; the next one will come'));
  const contents = messages.map(({ content }) => content);
  const { answered, failure } = await deliver(deps, coalesce(contents), signal, tracesOf(contents));
  const { pauses, givenUp } = await settleUnknown(deps, messages);
  const done: string[] = [];
  const kept: string[] = [];
  for (const { id, content } of messages) {
    if (isAnswered(content, answered) || givenUp.has(id)) {
      done.push(id);
      unfinished.forget(id);
    } else if (!pauses.has(id)) {
      kept.push(id);
      if (content.kind === 'pointers') unfinished.keep(id, unanswered(content, answered));
    }
  }
  return { done, kept, pauses, failure, oldestWriteMs: oldestMsOf(answered) };
}

/**
 * Handles messages of a queue: keeps them invisible meanwhile, deletes those that are done, and gives back the others where the border failed. Those
 * that are kept for another reason (a lagging replica) come again by the queue's own timeout.
 */
export async function handleBatch(
  deps: HandleDeps & { readonly queue: Queue },
  received: readonly Received[],
  signal: AbortSignal,
): Promise<Handled> {
  const { queue, log } = deps;
  const lease = openLease(queue, received, log);
  try {
    const handled = await handleMessages(deps, received, signal);
    if (handled.done.length > 0) await queue.delete(lease.receiptsOf(handled.done));
    if (handled.failure !== undefined) await lease.giveBack(handled.kept);
    for (const [id, seconds] of handled.pauses) await lease.giveBack([id], seconds);
    return handled;
  } finally {
    lease.end();
  }
}
