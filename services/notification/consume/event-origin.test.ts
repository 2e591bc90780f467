import { expect, it } from 'vitest';

import { eventOrigin } from './event-origin.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const correlationid = '6f1b9d3e-52a4-4a1b-9a39-0c6a1d2b7f10';

it('continues the trace that an event came of, in a span of its own', () => {
  const { traceId: continued, origin } = eventOrigin({ traceparent, correlationid });
  expect([continued, origin.correlationId]).toEqual([traceId, correlationid]);
  expect(origin.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  expect(origin.traceparent).not.toBe(traceparent);
});

it.each([
  ['without them', {}],
  ['with text in their places', { traceparent: 'Ada Lovelace', correlationid: 'ada.lovelace' }],
])('begins a trace for an event %s', (_, event) => {
  const { traceId: begun, origin } = eventOrigin(event);
  expect(begun).toMatch(/^[0-9a-f]{32}$/);
  expect(origin).toEqual({ traceparent: expect.stringMatching(new RegExp(`^00-${begun}-[0-9a-f]{16}-00$`)), correlationId: begun });
});
