/** The locale that dates and money are written in, for a language of the panel. */
export function formattingLocale(locale: string): string {
  return locale === 'zh' ? 'zh-CN' : 'en-GB';
}

/** An instant of the API (any precision), in the reader's time zone and language; the text itself when it is no instant. */
export function formatInstant(instant: string, locale: string, seconds = false): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  return new Intl.DateTimeFormat(formattingLocale(locale), {
    dateStyle: 'medium',
    timeStyle: seconds ? 'medium' : 'short',
  }).format(date);
}
