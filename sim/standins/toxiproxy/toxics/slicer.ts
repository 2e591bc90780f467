import { Type } from 'typebox';
import { defineToxic, int, passThrough } from './toxic.ts';

interface Sizes {
  readonly averageBytes: number;
  readonly variationBytes: number;
  readonly random: () => number;
}

/** Halves what is too large, with the cut moved by up to the variation, until every piece is near the average. No piece is empty. */
function cut(data: Buffer, sizes: Sizes): Buffer[] {
  const { averageBytes, variationBytes, random } = sizes;
  if (data.length <= 1 || data.length - averageBytes <= variationBytes) return [data];
  const offset = variationBytes > 0 ? Math.floor(random() * variationBytes * 2) - variationBytes : 0;
  const middle = Math.min(data.length - 1, Math.max(1, Math.floor(data.length / 2) + offset));
  return [...cut(data.subarray(0, middle), sizes), ...cut(data.subarray(middle), sizes)];
}

/** Cuts data into pieces of `average_size` +/- `size_variation` bytes and pauses for `delay` microseconds after each. */
export const slicer = defineToxic({
  type: 'slicer',
  goName: 'SlicerToxic',
  schema: Type.Object({ average_size: int, size_variation: int, delay: int }),
  effect: ({ average_size: averageBytes, size_variation: variationBytes, delay: delayUs }, { random }) => ({
    ...passThrough,
    *onChunk(chunk, now) {
      for (const data of cut(chunk.data, { averageBytes: Math.max(0, averageBytes), variationBytes, random })) {
        yield { do: 'emit', chunk: { data, arrivedAtMs: chunk.arrivedAtMs } };
        yield { do: 'wait', untilMs: now() + delayUs / 1000 };
      }
    },
  }),
});
