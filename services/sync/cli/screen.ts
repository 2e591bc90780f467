/** Lays rows out in columns, two spaces apart. */
export function layOut(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) => (indent + row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).trimEnd()).join('\n');
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** What is no result goes to stderr, so that stdout can be piped. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `850 ms`, `12 s`, `3 min`, `5 h`, `2 d`; `-` for nothing. */
export function showMs(ms: number | null): string {
  if (ms === null) return '-';
  const units: readonly [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const [size = 1, unit = 'ms'] = units.find(([size]) => ms >= 2 * size) ?? [];
  return `${Math.round(ms / size)} ${unit}`;
}

/** A time as operators compare it: the day, and the milliseconds. */
export const showTime = (instant: string): string => instant.replace('T', ' ').replace(/(\.\d{3})\d*Z$/, '$1Z');
