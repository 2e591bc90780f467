import type { Waiting } from '../region-api/api.ts';

export interface ProgressState {
  /** From 0 to 1; undefined where the end is not known. */
  readonly fraction: number | undefined;
  readonly rows: number;
  readonly items: number;
  /** What the items are; prices where it is not said. */
  readonly unit?: string;
  /** The request that is being repeated, while one is. */
  readonly waiting?: Waiting | undefined;
}

export interface Progress {
  stop(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_CELLS = 24;
const TERMINAL_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 5_000;

/** Shows how an import goes on: a bar in place on a terminal, else a plain line every five seconds. */
export function startProgress(output: Terminal, read: () => ProgressState): Progress {
  const terminal = output.isTTY === true;
  const startedMs = performance.now();
  const show = (): void => {
    const line = progressLine(read(), (performance.now() - startedMs) / 1_000, terminal);
    output.write(terminal ? `\r${line.slice(0, (output.columns ?? 80) - 1)}\u001b[K` : `${line}\n`);
  };
  const timer = setInterval(show, terminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS);
  return {
    stop() {
      clearInterval(timer);
      if (!terminal) return;
      show();
      output.write('\n');
    },
  };
}

/**
 * How much of an import is done: the part of the file that was read, as far as the prices in it are answered. All of it only when it is
 * finished, since a small file is read before the first answer.
 */
export function fractionDone(state: { read: number | undefined; found: number; answered: number; finished: boolean }): number | undefined {
  const { read, found, answered, finished } = state;
  if (read === undefined || finished) return read;
  return Math.min(0.99, found === 0 ? 0 : (read * answered) / found);
}

/** One line of progress. */
export function progressLine(
  { fraction, rows, items, unit = 'prices', waiting }: ProgressState,
  seconds: number,
  withBar: boolean,
): string {
  const elapsed = `${seconds.toFixed(0)} s`;
  if (waiting !== undefined) {
    const done = rows === 0 ? '' : `${count(rows)} rows  ${count(items)} ${unit}  `;
    return `waiting: ${waiting.reason}, retry ${waiting.retry}  ${done}${elapsed}`;
  }
  const rate = seconds > 0.5 ? `  ${count(items / seconds)} ${unit}/s` : '';
  const filled = Math.round((fraction ?? 0) * BAR_CELLS);
  const bar = withBar && fraction !== undefined ? `[${'#'.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}] ` : '';
  const percent = fraction === undefined ? '' : `${String(Math.floor(fraction * 100)).padStart(3)} %  `;
  return `${bar}${percent}${count(rows)} rows  ${count(items)} ${unit}${rate}  ${elapsed}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}
