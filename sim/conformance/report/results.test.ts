import { describe, expect, it } from 'vitest';

import { component, differing, exact } from '../behaviours/behaviour.ts';
import { isClean, judge, type Shown, type VitestReport } from './results.ts';

const shop = component({
  name: 'shop',
  title: 'Shop',
  engines: { embedded: [{ own: 'here' }], docker: [{ own: 'here' }] },
  behaviours: {
    sell: exact('It sells.'),
    refund: differing('It refunds.', { embedded: { absent: 'no' }, docker: { absent: 'no', notShown: 'nobody asks' } }),
  },
});

interface Test {
  readonly status?: string;
  readonly shown?: Shown;
}
const sells: Test = { shown: { behaviour: 'shop.sell', by: 'effect' } };
const refuses: Test = { shown: { behaviour: 'shop.refund', by: 'refusal' } };
const reportOf = (tests: readonly Test[], file: { status?: string; message?: string } = {}): VitestReport => ({
  testResults: [
    {
      name: 'shop.conformance.test.ts',
      status: file.status ?? 'passed',
      message: file.message ?? '',
      assertionResults: tests.map(({ status = 'passed', shown }) => ({
        fullName: 'a test',
        status,
        meta: shown === undefined ? {} : { conformance: shown },
      })),
    },
  ],
});
const judged = (...tests: Test[]) => judge(reportOf(tests), [shop], 'embedded');

describe('a run', () => {
  it('is clean when every behaviour is shown, or seen to be refused', () => {
    const results = judged(sells, refuses);
    expect(isClean(results)).toBe(true);
    expect([...results.outcomes]).toEqual([
      ['shop.sell', 'pass'],
      ['shop.refund', 'absent'],
    ]);
  });

  it.each([
    ['no test shows a behaviour', [refuses], 'no test shows shop.sell on embedded'],
    ['no test sees the refusal', [sells], 'no test shows shop.refund on embedded, which must be seen to be refused'],
    ['a test names no behaviour', [sells, refuses, {}], 'the test "a test" names no behaviour of the table'],
    [
      'a test names one that is not there',
      [sells, refuses, { shown: { behaviour: 'shop.lend', by: 'effect' } }],
      'the test "a test" names no behaviour of the table',
    ],
    [
      'a test shows what is absent',
      [sells, refuses, { shown: { behaviour: 'shop.refund', by: 'effect' } }],
      'the test "a test" shows shop.refund by its effect, but the table says otherwise for embedded',
    ],
    ['a test was skipped', [sells, { ...sells, status: 'skipped' }, refuses], 'the test "a test" did not run (skipped)'],
  ] satisfies [string, Test[], string][])('fails when %s', (_, tests, problem) => {
    const results = judged(...tests);
    expect(results.problems).toContain(problem);
    expect(isClean(results)).toBe(false);
  });

  it('fails with one failed test among several of a behaviour', () => {
    const results = judged(sells, { ...sells, status: 'failed' }, refuses);
    expect(results.outcomes.get('shop.sell')).toBe('fail');
    expect(isClean(results)).toBe(false);
  });

  it('needs no test of what cannot be shown', () => {
    expect(isClean(judge(reportOf([sells]), [shop], 'docker'))).toBe(true);
  });

  it('fails with a file that broke', () => {
    expect(judge(reportOf([], { message: 'no container' }), [shop], 'embedded').problems).toContain(
      'shop.conformance.test.ts ran no test: no container',
    );
    expect(judge(reportOf([sells, refuses], { status: 'failed', message: 'it would not stop' }), [shop], 'embedded').problems).toContain(
      'shop.conformance.test.ts failed outside its tests: it would not stop',
    );
  });
});
