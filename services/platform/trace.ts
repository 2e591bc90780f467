import { randomUUID } from 'node:crypto';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ZEROS = /^0+$/;

/** W3C trace context (https://www.w3.org/TR/trace-context/), level 1: what we pass on in requests, logs and queue messages. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
  /** The span of whoever called, where there is one. */
  readonly parentSpanId?: string;
}

/** Sixteen random digits: those of a UUID that are random (RFC 9562, section 5.4), of which Node makes a hundred at a time; bytes asked for one by one take ten times as long. */
function newSpanId(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(-8);
}

/**
 * Continues the trace of `traceparent` with a span of our own, sampled as it says; starts a new trace where the header is absent or malformed, sampled as
 * `samplesRoot` says.
 */
export function continueTrace(traceparent: string | undefined, samplesRoot: (traceId: string) => boolean = () => true): TraceContext {
  const [, traceId, parentSpanId, flags] = (traceparent === undefined ? null : TRACEPARENT.exec(traceparent)) ?? [];
  const spanId = newSpanId();
  if (traceId === undefined || parentSpanId === undefined || flags === undefined || ZEROS.test(traceId) || ZEROS.test(parentSpanId)) {
    const own = newSpanId() + newSpanId();
    return { traceId: own, spanId, flags: samplesRoot(own) ? '01' : '00' };
  }
  return { traceId, spanId, flags, parentSpanId };
}

export function traceparentOf(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}
