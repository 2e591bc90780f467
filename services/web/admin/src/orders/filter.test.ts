import { expect, test } from 'vitest';
import { queryOfOrderFilter } from './filter.ts';

test('a number is sent as it is printed, a state as it is chosen, and what is empty not at all', () => {
  const query = queryOfOrderFilter({ number: ' w-2026 001 ', state: 'confirmed', paymentState: '', fulfilmentState: undefined });
  expect(query).toEqual({ number: 'W-2026001', state: 'confirmed' });
  expect(queryOfOrderFilter({ number: '…' })).toEqual({});
});

test('a day is the instant at which it begins here', () => {
  const { createdFrom, createdBefore } = queryOfOrderFilter({ createdFrom: '2026-03-01', createdBefore: '2026-03-02' });
  expect(createdFrom).toBe(new Date(2026, 2, 1).toISOString());
  expect(createdBefore).toBe(new Date(2026, 2, 2).toISOString());
  expect(queryOfOrderFilter({ createdFrom: '2026' })).toEqual({});
});
