import { Type } from 'typebox';
import { defineToxic, int64, passThrough } from './toxic.ts';

/**
 * Delays every chunk by latency +/- jitter ms after it came in. Order is kept, so a chunk with little jitter waits for the one before it.
 * Because the delay counts from arrival, as many chunks are under way at once as the buffer holds.
 */
export const latency = defineToxic({
  type: 'latency',
  goName: 'LatencyToxic',
  schema: Type.Object({ latency: int64, jitter: int64 }),
  bufferChunks: 1024,
  effect: ({ latency: latencyMs, jitter: jitterMs }, { random }) => ({
    ...passThrough,
    *onChunk(chunk) {
      const offsetMs = jitterMs > 0 ? Math.floor(random() * jitterMs * 2) - jitterMs : 0;
      const dueMs = chunk.arrivedAtMs + Math.max(0, latencyMs + offsetMs);
      yield { do: 'wait', untilMs: dueMs };
      yield { do: 'emit', chunk: { data: chunk.data, arrivedAtMs: dueMs } };
    },
  }),
});
