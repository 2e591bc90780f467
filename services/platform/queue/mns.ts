import type { AlibabaCredentials } from '../alibaba-credentials.ts';
import { backoffMs, systemClock, type Clock } from '../clock.ts';
import { sendInBatches, slicesOf } from './batches.ts';
import { decodeBody, encodeBody } from './mns-body.ts';
import { codeOfMns, errorOfAnswer, openMnsHttp } from './mns-http.ts';
import { read, writeMessages, writeReceipts } from './mns-xml.ts';
import { isRetryable, QueueError, type DeleteResult, type CountedQueue, type QueueLimits } from './queue.ts';

/**
 * 64 KB a message and a batch, of Base64: 47 KiB of text is 62.7 KiB encoded. A batch leaves room for the padding and tags of 16 entries.
 * https://www.alibabacloud.com/help/en/mns/product-overview/limits
 */
const limits: QueueLimits = {
  batch: 16,
  messageBytes: 47 * 1024,
  batchBytes: 47 * 1024,
  minVisibilitySeconds: 1,
  maxWaitSeconds: 30,
};

const EARLY_BASE_MS = 100;
const EARLY_CAP_MS = 5_000;

/** MNS (Simple Message Queue), HTTP API 2015-06-06: the data plane's calls that the worker and the publisher need. */
export function openMnsQueue(options: {
  readonly endpoint: string;
  readonly queueName: string;
  readonly credentials: () => Promise<AlibabaCredentials>;
  readonly clock?: Clock;
}): CountedQueue {
  const clock = options.clock ?? systemClock;
  const http = openMnsHttp({ ...options, clock });
  const queueTarget = `/queues/${encodeURIComponent(options.queueName)}`;
  const target = `${queueTarget}/messages`;
  let earlyPolls = 0;

  /** Past the account's quota of long polls an empty poll is answered at once; without a pause, consumers would spin. */
  async function pauseAfterEarlyAnswer(startedAt: number, waitSeconds: number, signal: AbortSignal): Promise<void> {
    if (clock.now() - startedAt >= waitSeconds * 500) {
      earlyPolls = 0;
      return;
    }
    const pauseMs = backoffMs(earlyPolls, EARLY_BASE_MS, EARLY_CAP_MS);
    earlyPolls += 1;
    await clock.wait(Math.min(pauseMs, waitSeconds * 1000), signal);
    signal.throwIfAborted();
  }

  return {
    limits,
    send: (bodies, signal) =>
      sendInBatches(bodies, limits, async (batch) => {
        const answer = await http.request({
          method: 'POST',
          target,
          body: writeMessages(batch.map(({ body }) => encodeBody(body))),
          signal,
        });
        // A partial failure has its own status but the same list, with an error code at the entries that failed.
        const entries = read.sent(answer.text);
        if (entries === undefined) throw errorOfAnswer(answer);
        return entries.map((entry) => {
          if (entry.MessageId !== undefined && entry.ErrorCode === undefined) return { ok: true, id: entry.MessageId };
          const code = codeOfMns(entry.ErrorCode ?? '', 500);
          return { ok: false, code, detail: entry.ErrorMessage ?? entry.ErrorCode ?? 'refused', retryable: isRetryable(code) };
        });
      }),
    async receive({ max, waitSeconds }, signal) {
      signal.throwIfAborted();
      const wait = Math.min(waitSeconds, limits.maxWaitSeconds);
      const startedAt = clock.now();
      const answer = await http
        .request({
          method: 'GET',
          target: `${target}?numOfMessages=${Math.min(max, limits.batch)}&waitseconds=${wait}`,
          waitSeconds: wait,
          signal,
        })
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw error;
        });
      if (answer.status !== 200) {
        const error = errorOfAnswer(answer);
        if (error.providerCode !== 'MessageNotExist') throw error;
        await pauseAfterEarlyAnswer(startedAt, wait, signal);
        return [];
      }
      earlyPolls = 0;
      const messages = read.messages(answer.text);
      if (messages === undefined) throw new QueueError('unavailable', 'MNS answered messages in an unknown shape');
      return messages.map((message) => ({
        id: message.MessageId,
        body: decodeBody(message.MessageBody),
        receipt: message.ReceiptHandle,
        receiveCount: Number(message.DequeueCount),
      }));
    },
    async delete(receipts) {
      const results: DeleteResult[] = [];
      for (const slice of slicesOf(receipts, limits.batch)) {
        const answer = await http.request({ method: 'DELETE', target, body: writeReceipts(slice) });
        const failures = answer.status === 204 ? [] : read.deleteFailures(answer.text);
        if (failures === undefined) throw errorOfAnswer(answer);
        const failed = new Map(failures.map((failure) => [failure.ReceiptHandle, failure]));
        for (const receipt of slice) {
          const failure = failed.get(receipt);
          if (failure === undefined) results.push({ ok: true, receipt });
          else {
            const code = codeOfMns(failure.ErrorCode, answer.status);
            results.push({ ok: false, receipt, code, detail: failure.ErrorMessage ?? failure.ErrorCode });
          }
        }
      }
      return results;
    },
    extend,
    async depth() {
      const answer = await http.request({ method: 'GET', target: queueTarget });
      if (answer.status !== 200) throw errorOfAnswer(answer);
      const depth = read.depth(answer.text);
      if (depth === undefined) throw new QueueError('unavailable', 'MNS answered the attributes of a queue in an unknown shape');
      return depth;
    },
    close: () => http.close(),
  };

  async function extend(receipt: string, visibilityTimeoutSeconds: number): Promise<string> {
    const seconds = Math.max(visibilityTimeoutSeconds, limits.minVisibilitySeconds);
    const answer = await http.request({
      method: 'PUT',
      target: `${target}?receiptHandle=${encodeURIComponent(receipt)}&visibilityTimeout=${seconds}`,
    });
    if (answer.status !== 200) throw errorOfAnswer(answer);
    const renewed = read.newReceipt(answer.text);
    if (renewed === undefined) throw new QueueError('unavailable', 'MNS answered an extension without a receipt');
    return renewed;
  }
}
