export interface ProgressState {
  /** From 0 to 1; undefined where the end is not known. */
  readonly fraction: number | undefined;
  readonly rows: number;
  readonly items: number;
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

/** One line of progress. */
export function progressLine({ fraction, rows, items }: ProgressState, seconds: number, withBar: boolean): string {
  const count = (value: number): string => Math.round(value).toLocaleString('en-GB');
  const rate = seconds > 0.5 ? `  ${count(items / seconds)} prices/s` : '';
  const filled = Math.round((fraction ?? 0) * BAR_CELLS);
  const bar = withBar && fraction !== undefined ? `[${'#'.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}] ` : '';
  const percent = fraction === undefined ? '' : `${String(Math.floor(fraction * 100)).padStart(3)} %  `;
  return `${bar}${percent}${count(rows)} rows  ${count(items)} prices${rate}  ${seconds.toFixed(0)} s`;
}
