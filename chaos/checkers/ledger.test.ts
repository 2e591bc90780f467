import { describe, expect, test } from 'vitest';

import { balance, type AcknowledgedWrite } from './ledger.ts';

const write = (version: number, origin: string, vector: Record<string, string> = {}): AcknowledgedWrite => ({
  entity: 'catalog.product',
  key: 'k',
  version: String(version),
  origin,
  vector,
});

describe('the ledger', () => {
  test('accounts for what is live, superseded and overwritten with a record', () => {
    const [first, second, concurrent] = [write(1, 'world#1'), write(2, 'world#1'), write(3, 'china#1', { 'world#1': '1' })];
    expect(balance([first, second, concurrent], [concurrent], [second])).toEqual({
      acknowledged: 3,
      live: 1,
      superseded: 1,
      overwritten: 1,
      unaccounted: [],
    });
  });

  test('misses a write that lost without a record', () => {
    const [kept, lost] = [write(3, 'china#1'), write(2, 'world#1')];
    expect(balance([kept, lost], [kept], []).unaccounted).toEqual([lost]);
  });

  test('does not take a greater version for one that had seen the other', () => {
    const [unseen, greater] = [write(2, 'world#1'), write(9, 'china#1', { 'world#1': '1' })];
    expect(balance([unseen, greater], [greater], []).unaccounted).toEqual([unseen]);
  });

  test('misses the last write of all when the row is gone', () => {
    expect(balance([write(1, 'world#1'), write(2, 'world#1')], [], []).unaccounted).toHaveLength(1);
  });

  test('tells incarnations apart', () => {
    const [before, after] = [write(2, 'world#1'), write(3, 'world#2')];
    expect(balance([before, after], [after], []).unaccounted).toEqual([before]);
  });
});
