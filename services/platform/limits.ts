import { Type, type Static } from 'typebox';

import { type EventLoopWatch, watchEventLoop } from './back-pressure/event-loop.ts';

export const LimitsConfig = Type.Object({
  /** Of one service, at a time. */
  MAX_REQUESTS_IN_FLIGHT: Type.Integer({ minimum: 1, default: 200 }),
  /** While half of the turns of the event loop come later than this, nothing new is taken. */
  MAX_EVENT_LOOP_DELAY_MS: Type.Integer({ minimum: 1, default: 500 }),
});

/** What keeps a process from more than it can do, shared by its services. */
export interface Limits {
  readonly maxRequestsInFlight: number;
  readonly eventLoop: Pick<EventLoopWatch, 'isLagging' | 'delayMs'>;
}

export function createLimits(config: Static<typeof LimitsConfig>): Limits & { close(): void } {
  const eventLoop = watchEventLoop({ limitMs: config.MAX_EVENT_LOOP_DELAY_MS });
  return { maxRequestsInFlight: config.MAX_REQUESTS_IN_FLIGHT, eventLoop, close: eventLoop.close };
}
