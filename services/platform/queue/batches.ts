import { isRetryable, QueueError, type QueueLimits, type SendResult } from './queue.ts';

export interface Entry {
  readonly index: number;
  readonly body: string;
}

/**
 * Cuts `bodies` into batches that fit `limits`, in order; a body that is too large by itself is in none of them, and in `tooLarge` instead.
 */
export function batchesOf(bodies: readonly string[], limits: QueueLimits): { batches: Entry[][]; tooLarge: Entry[] } {
  const batches: Entry[][] = [];
  const tooLarge: Entry[] = [];
  let current: Entry[] = [];
  let bytes = 0;
  for (const [index, body] of bodies.entries()) {
    const size = Buffer.byteLength(body, 'utf8');
    if (size > limits.messageBytes) {
      tooLarge.push({ index, body });
      continue;
    }
    if (current.length >= limits.batch || (current.length > 0 && bytes + size > limits.batchBytes)) {
      batches.push(current);
      current = [];
      bytes = 0;
    }
    current.push({ index, body });
    bytes += size;
  }
  if (current.length > 0) batches.push(current);
  return { batches, tooLarge };
}

/** Cuts `items` into slices of at most `size`. */
export function slicesOf<T>(items: readonly T[], size: number): T[][] {
  const slices: T[][] = [];
  for (let start = 0; start < items.length; start += size) slices.push(items.slice(start, start + size));
  return slices;
}

/**
 * Sends `bodies` through `sendBatch`, batch after batch, and answers one result a body. `sendBatch` answers by position in its batch;
 * when it throws, its entries (and, where nothing more can pass, those after it) are answered with the error.
 */
export async function sendInBatches(
  bodies: readonly string[],
  limits: QueueLimits,
  sendBatch: (batch: readonly Entry[]) => Promise<SendResult[]>,
): Promise<SendResult[]> {
  const results = Array.from<SendResult>({ length: bodies.length });
  const { batches, tooLarge } = batchesOf(bodies, limits);
  for (const { index } of tooLarge) {
    results[index] = { ok: false, code: 'too_large', detail: `more than ${limits.messageBytes} bytes`, retryable: false };
  }
  for (const batch of batches) {
    const answers = await sendBatch(batch).catch((error: unknown) => batch.map(() => failureOf(error)));
    for (const [position, { index }] of batch.entries()) {
      results[index] = answers[position] ?? failureOf(new QueueError('unavailable', 'the queue left this entry unanswered'));
    }
  }
  return results;
}

function failureOf(error: unknown): SendResult {
  if (!(error instanceof QueueError)) throw error;
  return { ok: false, code: error.code, detail: error.message, retryable: isRetryable(error.code) };
}
