import { Type } from 'typebox';
import { defineToxic, int64, passThrough } from './toxic.ts';

/** Holds back the end of the stream for `delay` ms. */
export const slowClose = defineToxic({
  type: 'slow_close',
  goName: 'SlowCloseToxic',
  schema: Type.Object({ delay: int64 }),
  effect: ({ delay: delayMs }) => ({
    ...passThrough,
    *onEnd(ending, now) {
      yield { do: 'wait', untilMs: now() + delayMs };
      yield { do: 'end', ending };
    },
  }),
});
