/**
 * Goal: a trace goes on as its caller began it, and what is no trace context begins a new one (https://www.w3.org/TR/trace-context/). Planted once: an id of zeros
 * that is taken for one, and the caller's span for our own.
 */
import { describe, expect, it } from 'vitest';

import { continueTrace, traceparentOf } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const WELL_FORMED = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;

it('goes on with a span of our own, sampled as the caller says', () => {
  for (const flags of ['00', '01', 'ff']) {
    const trace = continueTrace(`00-${TRACE}-${SPAN}-${flags}`, () => false);
    expect(trace).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, flags });
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(trace.spanId).not.toBe(SPAN);
  }
});

describe('begins anew', () => {
  it.each([
    undefined,
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-01\r\nx: y`,
  ])('where %j is given', (given) => {
    const trace = continueTrace(given);
    expect(trace.parentSpanId).toBeUndefined();
    expect(trace.traceId).not.toBe(TRACE);
    expect(traceparentOf(trace)).toMatch(WELL_FORMED);
  });

  it('sampled as it is said of the new one, which nothing else has', () => {
    const traces = Array.from({ length: 1_000 }, () => continueTrace(undefined, (traceId) => traceId < '8'));
    for (const { traceId, flags } of traces) expect(flags).toBe(traceId < '8' ? '01' : '00');
    expect(new Set(traces.flatMap(({ traceId, spanId }) => [traceId.slice(0, 16), traceId.slice(16), spanId])).size).toBe(3_000);
    // Each digit is random: none is that of a UUID's version or variant.
    for (let at = 0; at < 16; at += 1) expect(new Set(traces.map(({ spanId }) => spanId[at])).size).toBe(16);
  });
});
