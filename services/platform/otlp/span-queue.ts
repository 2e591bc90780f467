import { backoffMs, type Clock } from '../clock.ts';
import type { RequestSpan } from '../tracing.ts';
import type { Delivery } from './post.ts';

const ATTEMPTS = 5;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 30_000;

export type DropReason = 'queue_full' | 'not_delivered';

export interface SpanQueue {
  /** Never waits: where `most` wait already, the span is dropped. */
  push(span: RequestSpan): void;
  /** Sends what waits, once, and ends. What `deliver` does not take then is dropped. */
  close(): Promise<void>;
}

/** Sends spans in batches, one after the other, when a batch is full or `delayMs` have passed. What cannot be delivered is tried again a few times, then dropped. */
export function createSpanQueue(deps: {
  readonly deliver: (spans: readonly RequestSpan[]) => Promise<Delivery>;
  readonly dropped: (reason: DropReason, spans: readonly RequestSpan[], detail: string) => void;
  readonly clock: Clock;
  readonly limits: { readonly delayMs: number; readonly most: number; readonly batch: number };
}): SpanQueue {
  const { clock, dropped, limits } = deps;
  const waiting: RequestSpan[] = [];
  const closing = new AbortController();
  let full = new AbortController();

  async function deliver(batch: readonly RequestSpan[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const delivery = await deps.deliver(batch);
      if (delivery.end === 'taken') {
        if (delivery.rejected > 0) dropped('not_delivered', batch.slice(0, delivery.rejected), 'the collector rejected some');
        return;
      }
      if (delivery.end === 'refused' || attempt + 1 >= ATTEMPTS || closing.signal.aborted) {
        dropped('not_delivered', batch, delivery.reason);
        return;
      }
      await clock.wait(delivery.afterMs ?? backoffMs(attempt, RETRY_BASE_MS, RETRY_CAP_MS), closing.signal);
    }
  }

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) await deliver(waiting.splice(0, limits.batch));
  }

  const running = (async () => {
    do {
      if (waiting.length < limits.batch) await clock.wait(limits.delayMs, AbortSignal.any([full.signal, closing.signal]));
      full = new AbortController();
      await sendAll();
    } while (!closing.signal.aborted || waiting.length > 0);
  })();

  return {
    push(span) {
      if (closing.signal.aborted || waiting.length >= limits.most) {
        dropped('queue_full', [span], 'more spans came than were taken');
        return;
      }
      waiting.push(span);
      if (waiting.length >= limits.batch) full.abort();
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
