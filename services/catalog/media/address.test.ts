import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isAddress } from './address.ts';

describe('an address', () => {
  it.each([
    ['https://media.example.com/a.webp', true],
    ['https://media.example.com/a.webp?w=200', true],
    ['https://media.example.com:8443/', true],
    ['https://xn--fiq228c.com/a.webp', true],
    ['http://media.example.com/a.webp', false],
    ['javascript:alert(1)', false],
    ['data:image/png;base64,AAAA', false],
    ['//media.example.com/a.webp', false],
    ['https://user:secret@media.example.com/a.webp', false],
    ['https://user@media.example.com/a.webp', false],
    ['https://media.example.com/a.webp#part', false],
    ['https://localhost/a.webp', false],
    ['https://127.0.0.1/a.webp', false],
    ['https://[::1]/a.webp', false],
    ['https://2130706433/a.webp', false],
    ['https://MEDIA.example.com/a.webp', false],
    ['https://media.example.com', false],
    ['https://media.example.com:443/a.webp', false],
    ['https://media.example.com/a/../b.webp', false],
    ['https://media.example.com/a b.webp', false],
    ['https://媒体.com/a.webp', false],
    ['', false],
  ])('%s: %s', (url, isOne) => {
    expect(isAddress(url)).toBe(isOne);
  });

  it('that is taken has one spelling: two that are the same are equal', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webUrl({ validSchemes: ['https', 'http'], withQueryParameters: true, withFragments: true }), fc.string()),
        (url) => {
          if (isAddress(url)) expect(new URL(url).href).toBe(url);
          if (URL.canParse(url) && new URL(url).protocol !== 'https:') expect(isAddress(url)).toBe(false);
        },
      ),
    );
  });
});
