import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contentLanguage, languageOfText, localise } from './localise.ts';
import { preferredLanguage } from './negotiate.ts';

describe('Accept-Language', () => {
  it.each([
    ['zh', 'zh'],
    ['zh-Hant-TW', 'zh'],
    ['EN-gb', 'en'],
    ['fr, en;q=0.5', 'en'],
    ['en;q=0.8, zh;q=0.9', 'zh'],
    ['en, zh', 'en'],
    ['zh;q=0, en;q=0.1', 'en'],
    ['zh;q=0', undefined],
    ['*', undefined],
    ['fr', undefined],
    ['', undefined],
    [undefined, undefined],
    ['english', undefined],
    ['en;q=2', undefined],
    ['en;q=x, zh;q=0.001', 'zh'],
  ])('%s means %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });

  it('is never more than a wish: whatever is sent, the answer is a language of ours or none, and the one of the greatest weight', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (header) => [undefined, 'en', 'zh'].includes(preferredLanguage(header))));
    const weight = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(weight, weight, (en, zh) => {
        const expected = en === 0 && zh === 0 ? undefined : en >= zh ? 'en' : 'zh';
        expect(preferredLanguage(`en;q=${en.toFixed(3)}, fr, zh;q=${zh.toFixed(3)}`)).toBe(expected);
      }),
    );
  });
});

const text = fc.string({ minLength: 1 });
const texts = fc.record({ name: text, description: fc.option(text) });
const wish = fc.constantFrom('en' as const, 'zh' as const, undefined);

describe('fallback', () => {
  it('gives the name in the wanted language or the own one, says which, and never shows nothing where there is something', () => {
    fc.assert(
      fc.property(texts, fc.option(texts), wish, (own, translated, wanted) => {
        const given = localise(own, translated, wanted);
        const isTranslated = wanted !== undefined && translated !== null;
        expect(given.name).toBe(isTranslated ? translated.name : own.name);
        expect(given.language).toBe(isTranslated ? wanted : languageOfText(own.name));
        if (own.description !== null) expect(given.description).not.toBeNull();
        if (isTranslated && translated.description !== null) expect(given.description).toBe(translated.description);
      }),
    );
  });

  it('tells Chinese by its characters', () => {
    expect(['红灯笼', 'LED 灯', 'Lantern', 'Ärmel', '123'].map(languageOfText)).toEqual(['zh', 'zh', 'en', 'en', 'en']);
  });

  it('names each language of a list once', () => {
    expect(contentLanguage([])).toBeUndefined();
    expect(contentLanguage([{ language: 'zh' }, { language: 'en' }, { language: 'zh' }])).toBe('zh, en');
  });
});
