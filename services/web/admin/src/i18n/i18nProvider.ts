import polyglotI18nProvider from 'ra-i18n-polyglot';
import englishFramework from 'ra-language-english';
import { en } from './en.ts';
import { languages } from './languages.ts';
import { zh } from './zh.ts';
import { zhFramework } from './zhFramework.ts';

/** All messages of a language; English for one that the panel does not speak. */
export function messagesOf(locale: string): typeof english {
  return locale === 'zh' ? { ...zhFramework, ...zh } : english;
}

// The framework would write "Sort by sKU".
const sort = { ...englishFramework.ra.sort, sort_by: 'Sort by %{field}, %{order}' };
const english = { ra: { ...englishFramework.ra, sort }, ...en };

/** The language a browser asks for, of those the panel speaks. */
export function preferredLocale(wanted: readonly string[]): string {
  const known = wanted.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag === 'zh' || tag === 'en');
  return known ?? 'en';
}

/** react-admin's translations, beginning with the given language. */
export function createI18nProvider(initialLocale: string): ReturnType<typeof polyglotI18nProvider> {
  return polyglotI18nProvider(messagesOf, initialLocale, languages, { allowMissing: true });
}
