import type { FastifyRequest } from 'fastify';

import { TRACES_HEADER } from '../protocol/versions.ts';

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const MOST_TRACES = 200;

/** The traces that led to a batch, for the log. What is no trace context is left out: the header is not signed. */
export function tracesIn(request: FastifyRequest): string[] {
  const given = request.headers[TRACES_HEADER];
  if (typeof given !== 'string') return [];
  return given
    .split(',', MOST_TRACES)
    .map((trace) => trace.trim())
    .filter((trace) => TRACEPARENT.test(trace));
}
