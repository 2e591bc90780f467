const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
const rateUnits: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** No fault lasts longer, and nothing about one is timed over longer. */
export const LONGEST_MS = 24 * 3_600_000;
/** A clock may be wrong by more. */
export const MOST_SKEW_MS = 366 * LONGEST_MS;

/** Reads `200ms`, `1.5s`, `2m`, `1h` as milliseconds, up to a day. Throws RangeError that shows the form. */
export function parseDuration(text: string): number {
  return durationUpTo(LONGEST_MS, text, '24h');
}

function durationUpTo(mostMs: number, text: string, most: string): number {
  const durationMs = parseQuantity(text, durationUnits, 'a duration such as 200ms, 30s or 2m');
  if (durationMs > mostMs) throw new RangeError(`${text} is too long: ${most} is the most`);
  return durationMs;
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
  const skewMs = Math.round(durationUpTo(MOST_SKEW_MS, span, '8784h'));
  if (skewMs === 0) throw new RangeError('a skew of more than nothing is needed, such as +5m');
  return sign === '-' ? -skewMs : skewMs;
}

/** Reads `500kbit`, `2mbit` as bits per second. Throws RangeError that shows the form. */
export function parseRate(text: string): number {
  const rate = parseQuantity(text, rateUnits, 'a rate such as 500kbit or 2mbit (a second)');
  if (rate === 0) throw new RangeError('a rate of nothing is a cut: use `fault cut`');
  return rate;
}

const byteUnits: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, kib: 1024, mib: 1024 ** 2 };

/** Reads `100b`, `64kb`, `1mib` as bytes: kb of 1000, kib of 1024. Throws RangeError that shows the form. */
export function parseBytes(text: string): number {
  const bytes = parseQuantity(text, byteUnits, 'a number of bytes such as 100b, 64kb or 64kib');
  if (!Number.isInteger(bytes) || bytes === 0) throw new RangeError(`'${text}' is no whole number of bytes above none`);
  return bytes;
}

/** Reads `30%` as 0.3. Throws RangeError that shows the form. */
export function parseShare(text: string): number {
  const share = parseQuantity(text, { '%': 0.01 }, 'a share such as 30%');
  if (share === 0 || share > 1) throw new RangeError(`a share is more than 0% and at most 100%, not ${text}`);
  return share;
}

/** A rate for people: `2 Mbit/s`, `180 kbit/s`. */
export function showRate(bitsPerSecond: number): string {
  const [divisor, unit] = bitsPerSecond >= 1e6 ? [1e6, 'Mbit/s'] : bitsPerSecond >= 1e3 ? [1e3, 'kbit/s'] : [1, 'bit/s'];
  return `${Number((bitsPerSecond / divisor).toFixed(2))} ${unit}`;
}

/** Bytes for people, exact: `64 kB`, `64 KiB`, `100 bytes`. */
export function showBytes(bytes: number): string {
  if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024} KiB`;
  return bytes >= 1000 && bytes % 100 === 0 ? `${bytes / 1000} kB` : `${bytes} bytes`;
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>, form: string): number {
  const match = /^(\d+(?:\.\d+)?)([a-z]+|%)$/i.exec(text.trim());
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
