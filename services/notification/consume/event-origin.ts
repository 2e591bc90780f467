import type { EventMessage } from '#contracts/events.ts';
import { isOpaqueId, type Origin } from '#platform/origin.ts';
import { continueTrace, traceparentOf } from '#platform/trace.ts';

/**
 * The trace of what an event came of, continued by a span of ours, and its correlation id. An event without them, or with what is none, is acted on all the same: it
 * begins a trace, whose id then stands for both.
 */
export function eventOrigin({ traceparent, correlationid }: Pick<EventMessage, 'traceparent' | 'correlationid'>): {
  readonly traceId: string;
  readonly origin: Origin;
} {
  const trace = continueTrace(traceparent, () => false);
  const correlationId = isOpaqueId(correlationid) ? correlationid : trace.traceId;
  return { traceId: trace.traceId, origin: { traceparent: traceparentOf(trace), correlationId } };
}
