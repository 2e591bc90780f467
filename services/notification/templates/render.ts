import type { Region } from '#contracts/regions.ts';
import { type Language, languageOfRegion } from '#contracts/user.ts';

import type { Wording } from './template.ts';

/** A mail, ready to be sent. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** A mail as text, and the same as HTML of paragraphs alone. Pure. */
export function render<Parameters>(
  { wordings }: { readonly wordings: Readonly<Record<Language, Pick<Wording<Parameters, never>, 'subject' | 'paragraphs'>>> },
  language: Language,
  parameters: Parameters,
): MailText {
  const { subject, paragraphs } = wordings[language];
  const said = paragraphs(parameters).filter((paragraph) => paragraph !== null);
  const body = said.map((paragraph) => `<p>${escaped(paragraph).replaceAll('\n', '<br>')}</p>`).join('\n');
  return {
    subject: subject(parameters),
    text: `${said.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="${language}"><head><meta charset="utf-8"></head><body>\n${body}\n</body></html>\n`,
  };
}

/** The language of the templates that is next to what somebody reads: the region's, where they have not said. Pure. */
export const languageOf = (language: string | null | undefined, region: Region): Language =>
  language === 'zh' || language === 'en' ? language : languageOfRegion[region];
