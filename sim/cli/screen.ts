import pc from 'picocolors';

/** Lays rows out in columns, two spaces apart; widths count what is seen, not colour codes. */
export function layOut(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, seenWidth(cell))));
  return rows
    .map((row) => row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - seenWidth(cell))).join('  '))
    .map((line) => indent + line.trimEnd())
    .join('\n');
}

function seenWidth(text: string): number {
  return text.replace(new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, 'g'), '').length;
}

/** A state in the colour it deserves. */
export function paintState(state: string): string {
  if (['running', 'open', 'ready', 'built', 'idle', 'attached'].includes(state)) return pc.green(state);
  if (['exited', 'cut', 'failed', 'faulty', 'stalled', 'stopped'].includes(state)) return pc.red(state);
  return pc.yellow(state);
}

/** Writes a result to stdout. */
export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Writes what is no result - progress, notes - to stderr, so that stdout can be piped. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
