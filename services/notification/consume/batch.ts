import type { Logger } from '#platform/log.ts';
import { openLease } from '#platform/queue/lease.ts';
import type { Queue, Received } from '#platform/queue/index.ts';

import type { Handled } from './handle.ts';

/** SQS and MNS hide a message for at most twelve hours. */
const MOST_SECONDS = 12 * 3_600;

/**
 * Handles messages of a queue: keeps them invisible meanwhile, deletes those that are done, hides those that are to come again for as long as they say, and hands
 * the others back.
 */
export async function handleBatch(
  {
    queue,
    log,
    handle,
  }: { readonly queue: Queue; readonly log: Logger; readonly handle: (received: readonly Received[]) => Promise<Handled> },
  received: readonly Received[],
): Promise<Handled> {
  const lease = openLease(queue, received, log);
  try {
    const handled = await handle(received);
    if (handled.done.length > 0) await queue.delete(lease.receiptsOf(handled.done));
    for (const [id, waitMs] of handled.pauses) {
      const seconds = Math.min(MOST_SECONDS, Math.max(queue.limits.minVisibilitySeconds, Math.ceil(waitMs / 1_000)));
      await lease.giveBack([id], seconds);
    }
    await lease.giveBack(handled.kept);
    return handled;
  } finally {
    lease.end();
  }
}
