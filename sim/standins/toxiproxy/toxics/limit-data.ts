import { Type } from 'typebox';
import { defineToxic, int64, passThrough } from './toxic.ts';

/** Closes the connection once `bytes` went through; the count of a connection outlives updates of the toxic. */
export const limitData = defineToxic({
  type: 'limit_data',
  goName: 'LimitDataToxic',
  schema: Type.Object({ bytes: int64 }),
  effect: ({ bytes: limitBytes }, { memory }) => ({
    ...passThrough,
    *onChunk(chunk) {
      const remainingBytes = Math.max(0, limitBytes - memory.transmittedBytes);
      const data = chunk.data.length > remainingBytes ? chunk.data.subarray(0, remainingBytes) : chunk.data;
      if (data.length > 0) {
        yield { do: 'emit', chunk: { data, arrivedAtMs: chunk.arrivedAtMs } };
        memory.transmittedBytes += data.length;
      }
      if (memory.transmittedBytes >= limitBytes) yield { do: 'end', ending: 'close' };
    },
  }),
});
