import { expect, it } from 'vitest';

import { readMessage } from './message.ts';

const event = {
  specversion: '1.0',
  id: '7e2f3f52-9d38-4c8e-9f0e-0d3c7f0a5b11',
  source: 'madeinworld/world',
  type: 'madeinworld.order.confirmed.v1',
  subject: '0195f0a1-1111-7c3a-9b3e-2f4c5d6e7f80',
  time: '2026-03-01T09:31:00.000000Z',
};
const read = (change: object) => readMessage(JSON.stringify({ ...event, ...change }));

it('knows events and sweeps', () => {
  expect(read({ traceparent: '00-x' })).toMatchObject({ kind: 'event', event });
  expect(readMessage(JSON.stringify({ specversion: '1.0', id: '1', source: 'scheduler', type: 'madeinworld.sync.sweep.v1' }))).toEqual({
    kind: 'sweep',
  });
});

it.each([
  ['not_json', null, 'Ada Lovelace, {'],
  ['malformed', null, '[]'],
  ['malformed', null, 'null'],
  ['malformed', null, '{"type":1}'],
  ['malformed', event.type, JSON.stringify({ ...event, subject: 'Ada' })],
  ['malformed', event.type, JSON.stringify({ ...event, id: 'a\u0000b' })],
  ['malformed', event.type, JSON.stringify({ ...event, time: 1 })],
  ['unknown_type', 'madeinworld.order.sung.v9', JSON.stringify({ ...event, type: 'madeinworld.order.sung.v9' })],
  ['malformed', `a b${'x'.repeat(197)}`, JSON.stringify({ type: `a\u0000b${'x'.repeat(500)}` })],
])('refuses as %s, and keeps %s of it', (reason, type, body) => {
  expect(readMessage(body)).toEqual({ kind: 'refused', reason, type });
});
