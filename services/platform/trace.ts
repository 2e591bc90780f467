import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** W3C trace context (https://www.w3.org/TR/trace-context/), level 1: what we pass on in requests, logs and queue messages. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
}

/** Continues the trace of `traceparent` with a span of our own; starts a new trace where the header is absent or malformed. */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
  const spanId = randomBytes(8).toString('hex');
  const traceId = match?.[1];
  if (traceId === undefined || /^0+$/.test(traceId)) return { traceId: randomBytes(16).toString('hex'), spanId, flags: '01' };
  return { traceId, spanId, flags: match?.[3] ?? '01' };
}

export function traceparentOf(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}
