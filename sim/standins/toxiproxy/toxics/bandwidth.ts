import { Type } from 'typebox';
import { defineToxic, int64, passThrough } from './toxic.ts';

const SLICE_MS = 100;

/**
 * Lets through `rate` KB (of 1000 bytes) a second: what is larger than 100 ms of rate goes out in slices of 100 ms, the rest after its own
 * share of time. A timer that fires late is made up for by the next wait. With rate 0 nothing passes, and nothing is lost either.
 */
export const bandwidth = defineToxic({
  type: 'bandwidth',
  goName: 'BandwidthToxic',
  schema: Type.Object({ rate: int64 }),
  effect: ({ rate }) => {
    let owedMs = 0;
    return {
      ...passThrough,
      *onChunk(chunk, now) {
        if (rate <= 0) {
          yield { do: 'wait', untilMs: Number.POSITIVE_INFINITY };
          return;
        }
        let rest = chunk.data;
        owedMs += rest.length / rate;
        const sliceBytes = rate * SLICE_MS;
        while (rest.length > sliceBytes) {
          yield { do: 'wait', untilMs: now() + SLICE_MS };
          yield { do: 'emit', chunk: { data: rest.subarray(0, sliceBytes), arrivedAtMs: chunk.arrivedAtMs } };
          rest = rest.subarray(sliceBytes);
          owedMs -= SLICE_MS;
        }
        const startedMs = now();
        yield { do: 'wait', untilMs: startedMs + owedMs };
        owedMs -= now() - startedMs;
        yield { do: 'emit', chunk: { data: rest, arrivedAtMs: chunk.arrivedAtMs } };
      },
    };
  },
});
