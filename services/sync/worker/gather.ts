import type { Queue, Received } from '#platform/queue/index.ts';

const WAIT_SECONDS = 20;
const RECEIVES_AT_ONCE = 4;
const MOST_MESSAGES = 100;
const MOST_BYTES = 512 * 1024;

/**
 * Receives what is handled together: what one long poll brings, and where that was as much as one call carries, what further calls bring at once.
 * An idle queue costs one call in 20 s; a backlog of single edits is read and sent a thousand rows at a time.
 */
export async function gather(queue: Pick<Queue, 'receive' | 'limits'>, signal: AbortSignal): Promise<Received[]> {
  const most = queue.limits.batch;
  const received = await queue.receive({ max: most, waitSeconds: WAIT_SECONDS }, signal);
  let more = received.length === most;
  while (more && !signal.aborted && received.length < MOST_MESSAGES && bytesOf(received) < MOST_BYTES) {
    const calls = Array.from({ length: RECEIVES_AT_ONCE }, async () => queue.receive({ max: most, waitSeconds: 0 }, signal));
    // What one call has received is handled, whatever became of the others.
    const results = (await Promise.allSettled(calls)).map((call) => (call.status === 'fulfilled' ? call.value : []));
    more = results.every((batch) => batch.length === most);
    received.push(...results.flat());
  }
  return received;
}

export const bytesOf = (received: readonly Received[]): number => received.reduce((sum, message) => sum + message.body.length, 0);
