import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHandle, encodeHandle } from './handle.ts';

const handles = fc.record({
  boot: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  generation: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  expiresAtMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  receipt: fc.string({ minLength: 1, unit: 'grapheme' }),
});

describe('a receipt handle', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(handles, (handle) => {
        expect(decodeHandle(encodeHandle(handle))).toEqual(handle);
      }),
    );
  });

  it('goes into a URL as it is, escaped or not', () => {
    fc.assert(
      fc.property(handles, (handle) => {
        const text = encodeHandle(handle);
        expect(encodeURIComponent(text)).toBe(text);
      }),
    );
  });

  it('is refused when one character of it is another', () => {
    fc.assert(
      fc.property(handles, fc.nat(), fc.constantFrom(...'ABab01-_'), (handle, at, character) => {
        const text = encodeHandle(handle);
        const index = at % text.length;
        fc.pre(text[index] !== character);
        expect(decodeHandle(text.slice(0, index) + character + text.slice(index + 1))).toBeUndefined();
      }),
    );
  });

  it('is never made out of noise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeHandle(text)).toBeUndefined();
      }),
    );
  });
});
