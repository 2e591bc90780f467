import type { Language } from '#contracts/user.ts';

const RANGE = /^([a-z]{1,8}|\*)(?:-[a-z0-9-]+)?\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * The language of ours that an Accept-Language header likes best (RFC 9110, section 12.5.4), by the primary subtag: zh-TW is served zh. Undefined where it
 * names none, or would take any. Pure.
 */
export function preferredLanguage(header: string | undefined): Language | undefined {
  let best: { readonly language: Language; readonly weight: number } | undefined;
  for (const part of (header ?? '').split(',')) {
    const match = RANGE.exec(part.trim());
    const language = languageOfTag(match?.[1]);
    const weight = Number(match?.[2] ?? 1);
    // Of equal ones the first is meant.
    if (language !== undefined && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language;
}

function languageOfTag(tag: string | undefined): Language | undefined {
  const primary = tag?.toLowerCase();
  return primary === 'en' || primary === 'zh' ? primary : undefined;
}
