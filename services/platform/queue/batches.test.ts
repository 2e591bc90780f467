import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { batchesOf, sendInBatches } from './batches.ts';
import { QueueError, type QueueLimits } from './queue.ts';

const limits: QueueLimits = { batch: 4, messageBytes: 20, batchBytes: 30, minVisibilitySeconds: 1, maxWaitSeconds: 1 };
const bodies = fc.array(fc.string({ unit: 'grapheme', maxLength: 25 }));
const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

describe('batches', () => {
  it('keep every limit, the order, and every body in exactly one place', () => {
    fc.assert(
      fc.property(bodies, (given) => {
        const { batches, tooLarge } = batchesOf(given, limits);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(limits.batch);
          expect(batch.reduce((sum, { body }) => sum + bytesOf(body), 0)).toBeLessThanOrEqual(limits.batchBytes);
        }
        for (const { body } of tooLarge) expect(bytesOf(body)).toBeGreaterThan(limits.messageBytes);
        const sent = batches.flat().map(({ index }) => index);
        expect(sent).toEqual(sent.toSorted((a, b) => a - b));
        expect([...sent, ...tooLarge.map(({ index }) => index)].sort((a, b) => a - b)).toEqual(given.map((_, index) => index));
      }),
    );
  });
});

describe('sending', () => {
  it('answers every body in its place, also when a call fails', async () => {
    let calls = 0;
    const results = await sendInBatches(['a', 'x'.repeat(21), 'b', 'c', 'd', 'e'], limits, async (batch) => {
      calls += 1;
      if (calls === 2) throw new QueueError('throttled', 'slow down');
      return batch.map(({ body }) => ({ ok: true, id: body }));
    });
    expect(results.map((result) => (result.ok ? result.id : result.code))).toEqual(['a', 'too_large', 'b', 'c', 'd', 'throttled']);
  });

  it('calls an entry that the queue did not answer failed', async () => {
    const results = await sendInBatches(['a', 'b'], limits, async () => [{ ok: true, id: '1' }]);
    expect(results[1]).toMatchObject({ ok: false, code: 'unavailable', retryable: true });
  });
});
