import { AsyncLocalStorage } from 'node:async_hooks';

import { continueTrace, traceparentOf, type TraceContext } from './trace.ts';

/**
 * What began the work that is under way, as it is passed on in events and to other companies' services. It goes along with the work by itself (AsyncLocalStorage), so
 * that no function between a request and what it tells has to hand it on: the HTTP app, the consumer of events and work in the background enter it with `runFrom`,
 * whoever tells others reads it with `currentOrigin`. Nothing decides by it.
 */
export interface Origin {
  /** Of the span of ours that is under way. */
  readonly traceparent: string;
  /** Opaque: see `isOpaqueId`. */
  readonly correlationId: string;
}

const origins = new AsyncLocalStorage<Origin>();

/** Does `work`, and all that it begins, as work that `origin` began. */
export function runFrom<Result>(origin: Origin, work: () => Result): Result {
  return origins.run(origin, work);
}

/** Undefined outside of `runFrom`: in tests and tools. */
export const currentOrigin = (): Origin | undefined => origins.getStore();

/** The ids of what is under way, as the lines of a request have them: for lines of whoever was handed no log of the request's. */
export function originFields(): { readonly correlationId?: string; readonly traceId?: string } {
  const origin = currentOrigin();
  if (origin === undefined) return {};
  const [, traceId] = origin.traceparent.split('-');
  return { correlationId: origin.correlationId, ...(traceId === undefined ? {} : { traceId }) };
}

const OPAQUE_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i;

/**
 * Whether `id` may be a correlation id: a UUID, as our fronts and services make them, or 32 hexadecimal digits, as W3C's trace ids are. Any other is text of a client's
 * choosing, which may name a person or hold a number of theirs: it is not taken, so it gets into no log, no queue and to nobody else. Pure.
 */
export const isOpaqueId = (id: unknown): id is string => typeof id === 'string' && OPAQUE_ID.test(id);

/** A request as an origin. Pure. */
export const originOf = ({ id, trace }: { readonly id: string; readonly trace: TraceContext }): Origin => ({
  traceparent: traceparentOf(trace),
  correlationId: id,
});

/** The origin of work that no request asked for: a trace of its own, not sampled, for it has no span that anybody could look up. */
export function ownOrigin(): Origin {
  const trace = continueTrace(undefined, () => false);
  return { traceparent: traceparentOf(trace), correlationId: trace.traceId };
}
