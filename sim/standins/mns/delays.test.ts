import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDelays } from './delays.ts';

const tag = (id: string, copy: number) => ({ id, sentAtMs: 0, expiresAtMs: 1, copy });

type Step = { readonly do: 'change' } | { readonly do: 'cancel' } | { readonly do: 'arrive'; readonly which: number };
const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.constant({ do: 'change' as const }),
  fc.constant({ do: 'cancel' as const }),
  fc.record({ do: fc.constant('arrive' as const), which: fc.nat({ max: 5 }) }),
);

describe('a delayed message', () => {
  it('is delivered by the copy that counts and by no other, in whatever order copies come', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const delays = createDelays();
        delays.hold('q', 'body', tag('m', 1));
        /** What the queue server has; the last one that was sent counts until the message is deleted or delivered. */
        const there = [1];
        let counts: number | undefined = 1;
        for (const taken of steps) {
          if (taken.do === 'change') {
            const found = delays.find('q', 'm');
            expect(found !== undefined).toBe(counts !== undefined);
            if (!found) continue;
            delays.replace('q', found.tag);
            counts = found.tag.copy ?? 0;
            there.push(counts);
          } else if (taken.do === 'cancel') {
            expect(delays.cancel('q', 'm')).toBe(counts !== undefined);
            counts = undefined;
          } else {
            const [copy] = there.splice(taken.which % Math.max(1, there.length), 1);
            if (copy === undefined) continue;
            expect(delays.isVoid(tag('m', copy))).toBe(copy !== counts);
            delays.leave(tag('m', copy));
            // A delivered copy that comes again, its visibility over, is delivered again.
            if (copy === counts) {
              expect(delays.isVoid(tag('m', copy))).toBe(false);
              counts = undefined;
            }
          }
          expect(delays.voidCopies('q')).toBe(there.filter((copy) => copy !== counts).length);
        }
      }),
    );
  });

  it('is unknown to other queues and to a queue of its name made anew', () => {
    const delays = createDelays();
    delays.hold('q', 'body', tag('m', 1));
    expect([delays.find('other', 'm'), delays.cancel('other', 'm'), delays.voidCopies('other')]).toEqual([undefined, false, 0]);
    expect(delays.find('q', 'm')?.body).toBe('body');
    delays.forgetQueue('q');
    expect([delays.find('q', 'm'), delays.cancel('q', 'm')]).toEqual([undefined, false]);
  });
});
