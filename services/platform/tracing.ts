import type { ErrorCode } from '#contracts/errors.ts';

import type { App } from './app.ts';
import { isProbe } from './request-end.ts';
import type { TraceContext } from './trace.ts';

/** All that is told of a request: a list of what may be, and nothing of it is a person's. */
export interface RequestSpan {
  readonly service: string;
  readonly trace: TraceContext;
  readonly startMs: number;
  readonly endMs: number;
  readonly method: string;
  /** The pattern, never the URL. */
  readonly route: string | undefined;
  /** Undefined where the client had gone before its answer was out. */
  readonly status: number | undefined;
  readonly code: ErrorCode | undefined;
}

export interface Tracing {
  /** Never blocks and never throws. */
  record(span: RequestSpan): void;
  /** Whether a trace that starts here is sampled; one with a parent follows it. */
  samplesRoot(traceId: string): boolean;
}

/** Records one span a request of a sampled trace; it has the ids of `request.trace`, which logs and messages name too. */
export function registerTracing(app: App, service: string, tracing: Tracing): void {
  app.onRequestEnd((request, reply, end) => {
    const { trace } = request;
    if (isProbe(request) || (Number.parseInt(trace.flags, 16) & 1) === 0) return;
    const endMs = Date.now();
    tracing.record({
      service,
      trace,
      // The duration is exact, the clock alone is of milliseconds.
      startMs: endMs - reply.elapsedTime,
      endMs,
      method: request.method,
      route: request.routeOptions.url,
      status: end === 'answered' ? reply.statusCode : undefined,
      code: reply.problemCode,
    });
  });
}
