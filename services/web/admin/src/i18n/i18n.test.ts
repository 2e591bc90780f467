import { expect, test } from 'vitest';
import { en } from './en.ts';
import { formatInstant } from './format.ts';
import { messagesOf, preferredLocale } from './i18nProvider.ts';

/** Every message with the path to it. */
function flat(messages: object, path = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of Object.entries(messages)) {
    const here = path === '' ? name : `${path}.${name}`;
    if (typeof value === 'string') all.set(here, value);
    else for (const [key, text] of flat(value, here)) all.set(key, text);
  }
  return all;
}

const placeholders = (text: string) => new Set(text.match(/%\{\w+\}/g));

test('the languages have the same messages', () => {
  const english = flat(messagesOf('en'));
  const chinese = flat(messagesOf('zh'));
  expect([...chinese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  expect(english.size).toBeGreaterThan(200);
});

test('a translation has the placeholders of its original', () => {
  const chinese = flat(messagesOf('zh'));
  for (const [key, text] of flat(en)) expect(placeholders(chinese.get(key) ?? ''), key).toEqual(placeholders(text));
});

test('Chinese messages are Chinese', () => {
  const international = new Set(['app.name', 'app.title', 'resources.products.fields.sku']);
  const chinese = flat(messagesOf('zh'));
  for (const key of flat(en).keys()) {
    if (!international.has(key)) expect(chinese.get(key), key).toMatch(/\p{Script=Han}/u);
  }
});

test('the first language of the browser that the panel speaks is taken', () => {
  expect(preferredLocale(['zh-CN', 'en'])).toBe('zh');
  expect(preferredLocale(['de', 'en-US', 'zh'])).toBe('en');
  expect(preferredLocale(['de'])).toBe('en');
});

test('instants with six digits of fraction are understood', () => {
  expect(formatInstant('2010-12-01T12:26:00.123456Z', 'en')).toContain('2010');
  expect(formatInstant('2010-12-01T12:26:00.123456Z', 'zh')).toContain('2010年');
  expect(formatInstant('never', 'en')).toBe('never');
});
