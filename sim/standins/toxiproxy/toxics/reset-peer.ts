import { Type } from 'typebox';
import { defineToxic, int64, type Step } from './toxic.ts';

/** `timeout` ms after the first data (or the end of the stream) came in, drops it and resets both sides with RST. */
export const resetPeer = defineToxic({
  type: 'reset_peer',
  goName: 'ResetToxic',
  schema: Type.Object({ timeout: int64 }),
  effect: ({ timeout: timeoutMs }) => {
    function* reset(now: () => number): Generator<Step> {
      yield { do: 'wait', untilMs: now() + timeoutMs };
      yield { do: 'end', ending: 'reset' };
    }
    return { onChunk: (_chunk, now) => reset(now), onEnd: (_ending, now) => reset(now) };
  },
});
