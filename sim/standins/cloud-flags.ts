import { logLine, UsageError } from './child.ts';

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);

/** Reads a duration such as `500ms`, `5s`, `2m` or `0`, or throws a `UsageError` which names the flag. */
export function durationMs(flag: string, text: string): number {
  if (text === '0') return 0;
  const match = /^(\d{1,6})(ms|s|m)$/.exec(text);
  const unitMs = UNITS_MS.get(match?.[2] ?? '');
  if (!match || unitMs === undefined) throw new UsageError(`--${flag} must be a duration such as 5s, or 0, not "${text}"`);
  return Number(match[1]) * unitMs;
}

/** A listener for faults nobody waits for: it logs them under `message`. */
export function logFault(message: string): (error: unknown) => void {
  return (error) => logLine('error', message, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
