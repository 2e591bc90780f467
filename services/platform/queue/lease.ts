import type { Logger } from '../log.ts';
import type { Queue, Received } from './queue.ts';

const VISIBILITY_SECONDS = 60;
const EXTEND_EVERY_MS = 10_000;
const CALLS_AT_ONCE = 4;

/** Keeps received messages invisible while work on them goes on. */
export interface Lease {
  /** The receipts to use now: in MNS they change with every extension. */
  receiptsOf(ids: readonly string[]): string[];
  /** Hands messages back: they can be received again after so many seconds, or almost at once. */
  giveBack(ids: readonly string[], seconds?: number): Promise<void>;
  end(): void;
}

export function openLease(queue: Queue, received: readonly Received[], log: Logger): Lease {
  const receipts = new Map(received.map((message) => [message.id, message.receipt]));
  async function extend(ids: readonly string[], seconds: number): Promise<void> {
    const left = [...ids];
    const work = async (): Promise<void> => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        const messageId = id;
        await queue.extend(receipts.get(id) ?? '', seconds).then(
          (next) => receipts.set(messageId, next),
          (error: unknown) => log.warn({ err: error, messageId }, 'a message could not be kept invisible; it may be delivered twice'),
        );
      }
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  }
  let extending: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    extending = extending.then(async () => extend([...receipts.keys()], VISIBILITY_SECONDS));
  }, EXTEND_EVERY_MS);
  return {
    receiptsOf: (ids) => ids.flatMap((id) => receipts.get(id) ?? []),
    giveBack: async (ids, seconds = queue.limits.minVisibilitySeconds) => extend(ids, seconds),
    end: () => clearInterval(timer),
  };
}

/** Hands back messages on which no work was begun. */
export async function giveBack(queue: Queue, received: readonly Received[], log: Logger): Promise<void> {
  const lease = openLease(queue, received, log);
  try {
    await lease.giveBack(received.map(({ id }) => id));
  } finally {
    lease.end();
  }
}
