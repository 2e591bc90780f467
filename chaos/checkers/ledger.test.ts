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

  test('counts a write of parts as live while one of its parts is', () => {
    const [both, later] = [
      { ...write(1, 'world#1'), parts: ['a', 'b'] },
      { ...write(2, 'world#1'), parts: ['a'] },
    ];
    const live = [
      { ...later, part: 'a' },
      { ...both, part: 'b' },
    ];
    expect(balance([both, later], live, [])).toMatchObject({ live: 2, unaccounted: [] });
  });

  test('misses a part that is gone, though a later write had seen it: that write wrote another part', () => {
    const [lost, later] = [
      { ...write(1, 'world#1'), parts: ['a'] },
      { ...write(2, 'world#1'), parts: ['b'] },
    ];
    expect(balance([lost, later], [{ ...later, part: 'b' }], []).unaccounted).toEqual([lost]);
    expect(balance([lost, later], [{ ...later, part: 'b' }], [{ ...lost, part: 'b' }]).unaccounted).toEqual([lost]);
    expect(balance([lost, later], [{ ...later, part: 'b' }], [{ ...lost, part: 'a' }]).unaccounted).toEqual([]);
  });

  test('takes a deletion for a write of every part that it had seen', () => {
    const [edit, deletion] = [{ ...write(1, 'world#1'), parts: ['a'] }, write(2, 'china#1', { 'world#1': '1' })];
    expect(balance([edit, deletion], [deletion], [])).toMatchObject({ live: 1, superseded: 1, unaccounted: [] });
    expect(balance([edit, write(2, 'china#1')], [write(2, 'china#1')], []).unaccounted).toEqual([edit]);
  });
});
