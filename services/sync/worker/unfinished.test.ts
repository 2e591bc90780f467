import { expect, test } from 'vitest';

import type { PointersRead } from './coalesce.ts';
import { createUnfinished } from './unfinished.ts';

const written = (...ms: number[]): PointersRead => ({
  kind: 'pointers',
  id: 'm',
  pointers: new Map([['catalog.product', new Map(ms.map((time) => [`k${time}`, BigInt(time) << 16n]))]]),
  traceparent: undefined,
});

test('what was begun and is not done waits since its oldest write, until it is done', () => {
  const unfinished = createUnfinished();
  expect(unfinished.oldestWriteMs()).toBeNull();
  unfinished.begin('1', written(300, 200));
  unfinished.begin('2', written(100));
  expect(unfinished.oldestWriteMs()).toBe(100);
  unfinished.forget('2');
  expect(unfinished.oldestWriteMs()).toBe(200);
  unfinished.keep('1', written(300));
  expect(unfinished.oldestWriteMs()).toBe(300);
});

test('what others have done waits no longer, and is taken up where it was left if it comes again', () => {
  const unfinished = createUnfinished();
  unfinished.begin('1', written(300, 200));
  unfinished.keep('1', written(300));
  unfinished.overtaken();
  expect(unfinished.oldestWriteMs()).toBeNull();
  expect(unfinished.begin('1', written(300, 200))).toEqual(written(300));
  expect(unfinished.oldestWriteMs()).toBe(300);
});

test('what does not come again while others are done is done by another worker', () => {
  let nowMs = 0;
  const unfinished = createUnfinished({ now: () => nowMs });
  unfinished.begin('1', written(100));
  unfinished.keep('1', written(100));
  nowMs = 3_600_000;
  // Nothing was done since: the border may be down.
  expect(unfinished.oldestWriteMs()).toBe(100);
  unfinished.begin('2', written(200));
  unfinished.forget('2');
  expect(unfinished.oldestWriteMs()).toBeNull();
});

test('of very many messages the latest are remembered', () => {
  const unfinished = createUnfinished();
  for (let n = 1; n <= 1_001; n += 1) unfinished.begin(String(n), written(n));
  expect(unfinished.oldestWriteMs()).toBe(2);
});
