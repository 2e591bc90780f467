import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTag, writeTag } from './message-tag.ts';

const ms = fc.integer({ min: 0, max: 2 ** 48 });
const tag = fc.record(
  { id: fc.string({ minLength: 1 }), sentAtMs: ms, expiresAtMs: ms, dueAtMs: ms, copy: fc.nat() },
  { requiredKeys: ['id', 'sentAtMs', 'expiresAtMs'] },
);

describe("a message's tag", () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(tag, (written) => {
        expect(readTag(writeTag(written))).toEqual(written);
      }),
    );
  });

  it('is never read out of what somebody else wrote', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readTag(text)).toBeUndefined();
      }),
    );
    for (const broken of [{ id: '' }, { sentAtMs: 0.5 }, { expiresAtMs: undefined }, { dueAtMs: 'soon' }]) {
      expect(readTag(JSON.stringify({ id: 'a', sentAtMs: 1, expiresAtMs: 2, ...broken }))).toBeUndefined();
    }
  });
});
