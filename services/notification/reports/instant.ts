import { isRealInstant } from '#platform/instant.ts';

/** RFC 3339, or the `YYYY-MM-DD HH:mm:ss` of a clock in Beijing, in UTC to the millisecond. Undefined where it is no instant. Pure. */
export function instantOf(text: string): string | undefined {
  const local = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) ? `${text.replace(' ', 'T')}+08:00` : text;
  const isZoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(local);
  const milliseconds = isZoned ? Date.parse(local) : Number.NaN;
  if (Number.isNaN(milliseconds)) return undefined;
  const instant = new Date(milliseconds).toISOString();
  // PostgreSQL knows no year zero: such a report would fail again and again, and hold up those behind it.
  return isRealInstant(instant) ? instant : undefined;
}
