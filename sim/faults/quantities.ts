const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
const rateUnits: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** Reads `200ms`, `1.5s`, `2m`, `1h` as milliseconds. Throws RangeError that shows the form. */
export function parseDuration(text: string): number {
  return parseQuantity(text, durationUnits, 'a duration such as 200ms, 30s or 2m');
}

/** The same, of a time that passes: nothing at all is refused. */
export function parseSpan(text: string): number {
  const spanMs = parseDuration(text);
  if (spanMs === 0) throw new RangeError('a time longer than nothing is needed, such as 30s');
  return spanMs;
}

/** Reads `+5m`, `-30s`, `1h` as milliseconds, with their sign. Throws RangeError that shows the form. */
export function parseSkew(text: string): number {
  const [, sign = '', span = ''] = /^\s*([+-]?)(.*)$/.exec(text) ?? [];
  const skewMs = Math.round(parseSpan(span));
  return sign === '-' ? -skewMs : skewMs;
}

/** Reads `500kbit`, `2mbit` as bits per second. Throws RangeError that shows the form. */
export function parseRate(text: string): number {
  const rate = parseQuantity(text, rateUnits, 'a rate such as 500kbit or 2mbit (a second)');
  if (rate === 0) throw new RangeError('a rate of nothing is a cut: use `fault cut`');
  return rate;
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>, form: string): number {
  const match = /^(\d+(?:\.\d+)?)([a-z]+)$/i.exec(text.trim());
  const unit = units[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) throw new RangeError(`'${text}' is not ${form}`);
  return Number(match[1]) * unit;
}

/** A duration for people: `450 ms`, `12 s`, `3 min 5 s`. */
export function showDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${Number((durationMs / 1000).toFixed(1))} s`;
  const seconds = Math.round(durationMs / 1000);
  return seconds % 60 === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
