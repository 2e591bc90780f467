import { Type, type Static } from 'typebox';

import { type EventLoopWatch, watchEventLoop } from './back-pressure/event-loop.ts';
import { createRateLimiter, type RateLimiter } from './rate-limit/limiter.ts';

export const LimitsConfig = Type.Object({
  /** Of one service, at a time. */
  MAX_REQUESTS_IN_FLIGHT: Type.Integer({ minimum: 1, default: 200 }),
  /** While half of the turns of the event loop come later than this, nothing new is taken. */
  MAX_EVENT_LOOP_DELAY_MS: Type.Integer({ minimum: 1, default: 500 }),
  /** Of one caller, in this process. */
  RATE_LIMIT_PER_MINUTE: Type.Integer({ minimum: 1, default: 1_200 }),
  /** What a caller may take at once, after a pause; a sixth of the minute's where nothing is said. */
  RATE_LIMIT_BURST: Type.Optional(Type.Integer({ minimum: 1 })),
});

const BURST_SHARE = 1 / 6;

/** What keeps a process from more than it can do, shared by its services. */
export interface Limits {
  readonly maxRequestsInFlight: number;
  readonly eventLoop: Pick<EventLoopWatch, 'isLagging' | 'delayMs'>;
  readonly rate: RateLimiter;
}

export function createLimits(config: Static<typeof LimitsConfig>): Limits & { close(): void } {
  const eventLoop = watchEventLoop({ limitMs: config.MAX_EVENT_LOOP_DELAY_MS });
  const perMinute = config.RATE_LIMIT_PER_MINUTE;
  const burst = config.RATE_LIMIT_BURST ?? Math.ceil(perMinute * BURST_SHARE);
  return {
    maxRequestsInFlight: config.MAX_REQUESTS_IN_FLIGHT,
    eventLoop,
    rate: createRateLimiter({ perMinute, burst }),
    close: eventLoop.close,
  };
}
