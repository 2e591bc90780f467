import type { Clock } from '../clock.ts';
import type { CountedQueue } from './queue.ts';

/** More messages than this wait in the outbox instead: on disk, and without a retention. */
const MOST_QUEUED = 20_000;
const ASK_EVERY_MS = 5_000;

/**
 * Whether a queue takes more messages: while nobody receives (the peer is away for long, or not there yet) it is filled to a bound and no further. Asks the
 * queue every 5 s at most. One that cannot be asked, or does not count, is taken to have room: it says for itself what it does not take.
 */
export function createRoom(queue: Partial<Pick<CountedQueue, 'depth'>>, clock: Clock): () => Promise<boolean> {
  let askedMs = -Infinity;
  let hasRoom = true;
  return async () => {
    const { depth } = queue;
    if (depth === undefined || clock.now() - askedMs < ASK_EVERY_MS) return hasRoom;
    askedMs = clock.now();
    hasRoom = (await depth().catch(() => 0)) < MOST_QUEUED;
    return hasRoom;
  };
}
