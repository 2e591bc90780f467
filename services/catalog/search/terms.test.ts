import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { unitsOf } from './terms.ts';

const han = fc.array(fc.constantFrom(...'红色灯笼心形茶蜡烛台'), { minLength: 1, maxLength: 40 }).map((letters) => letters.join(''));

describe('a search', () => {
  it('is cut into words and runs of Chinese', () => {
    expect(unitsOf(' red  "T-light", 红灯笼LED灯')).toEqual([
      { kind: 'word', text: 'red' },
      { kind: 'word', text: 'T-light' },
      { kind: 'han', grams: ['红灯', '灯笼'], least: 1 },
      { kind: 'word', text: 'LED' },
      { kind: 'han', grams: ['灯'], least: 1 },
    ]);
    expect(unitsOf('%')).toEqual([{ kind: 'word', text: '%' }]);
    expect(unitsOf(' \t')).toEqual([]);
  });

  it('has few units, none of them empty, whatever is asked', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), han), (query) => {
        const units = unitsOf(query);
        expect(units.length).toBeLessThanOrEqual(8);
        for (const unit of units) {
          if (unit.kind === 'word') expect(unit.text).not.toBe('');
          else expect(unit.grams.length >= unit.least && unit.least >= 1 && unit.grams.length <= 12).toBe(true);
        }
      }),
    );
  });

  it('forgives one wrong character in Chinese of four and more: enough of the pairs are still there', () => {
    fc.assert(
      fc.property(
        han.filter((text) => text.length >= 6 && text.length <= 12 && new Set(text).size === text.length),
        fc.nat(),
        (text, place) => {
          const at = place % text.length;
          const [unit] = unitsOf(`${text.slice(0, at)}龙${text.slice(at + 1)}`);
          if (unit?.kind !== 'han') throw new Error('no Chinese');
          expect(unit.grams.filter((gram) => text.includes(gram)).length).toBeGreaterThanOrEqual(unit.least);
        },
      ),
    );
  });
});
