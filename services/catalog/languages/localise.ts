import type { Language } from '#contracts/user.ts';

export interface Texts {
  readonly name: string;
  readonly description: string | null;
}

/** The language that a product's own name is written in: Chinese has Han characters, and nobody has to say so. Pure. */
export const languageOfText = (text: string): Language => (/\p{Script=Han}/u.test(text) ? 'zh' : 'en');

/**
 * A product's texts in the language that is wanted: the translation, and of what that lacks the product's own. `language` is that of the name. `translated` is
 * the translation in `wanted`, null where there is none. Pure.
 */
export function localise(own: Texts, translated: Texts | null, wanted: Language | undefined): Texts & { readonly language: Language } {
  if (wanted === undefined || translated === null)
    return { name: own.name, description: own.description, language: languageOfText(own.name) };
  return { name: translated.name, description: translated.description ?? own.description, language: wanted };
}

/** Content-Language of what is made of several (RFC 9110, section 8.5): each language once. Undefined of nothing. Pure. */
export function contentLanguage(items: readonly { readonly language: Language }[]): string | undefined {
  return items.length === 0 ? undefined : [...new Set(items.map(({ language }) => language))].join(', ');
}
