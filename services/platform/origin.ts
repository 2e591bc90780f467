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
  /** Opaque: see `passedOn`. */
  readonly correlationId: string;
}

const origins = new AsyncLocalStorage<Origin>();

/** Does `work`, and all that it begins, as work that `origin` began. */
export function runFrom<Result>(origin: Origin, work: () => Result): Result {
  return origins.run(origin, work);
}

/** Undefined outside of `runFrom`: in tests and tools. */
export const currentOrigin = (): Origin | undefined => origins.getStore();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The correlation id that stands for `id` outside of this process: the id itself where it is a UUID, as our fronts and services make them. Any other is text of a
 * client's choosing, which may name a person, so it goes into no queue and to nobody else: the trace's id stands in for it, and the request's log line has both. Pure.
 */
export const passedOn = (id: string, traceId: string): string => (UUID.test(id) ? id : traceId);

/** A request as an origin. Pure. */
export const originOf = ({ id, trace }: { readonly id: string; readonly trace: TraceContext }): Origin => ({
  traceparent: traceparentOf(trace),
  correlationId: passedOn(id, trace.traceId),
});

/** The origin of work that no request asked for: a trace of its own, not sampled, for it has no span that anybody could look up. */
export function ownOrigin(): Origin {
  const trace = continueTrace(undefined, () => false);
  return { traceparent: traceparentOf(trace), correlationId: trace.traceId };
}
