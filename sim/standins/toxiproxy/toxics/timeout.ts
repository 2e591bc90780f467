import { Type } from 'typebox';
import { defineToxic, int64, passThrough } from './toxic.ts';

/**
 * Drops all data and closes the connection when nothing came in for `timeout` ms; with 0 it never closes (a black hole). Removing the toxic
 * closes the connections it was on: what was dropped is gone, so they cannot go on.
 */
export const timeout = defineToxic({
  type: 'timeout',
  goName: 'TimeoutToxic',
  schema: Type.Object({ timeout: int64 }),
  closesOnRemoval: true,
  effect: ({ timeout: timeoutMs }) => ({
    ...passThrough,
    *onChunk() {
      yield { do: 'drop' };
    },
    ...(timeoutMs > 0 ? { idleMs: timeoutMs } : {}),
  }),
});
