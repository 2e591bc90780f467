/** Work that a process does by itself, beside what it is asked for. */
export interface Background {
  /** Has the work done, at most once in `gapMs`: sooner than that, as soon as they are over. Never throws. */
  nudge(): void;
  /** Begins nothing more, and waits for what is under way. */
  drain(): Promise<void>;
}

export interface BackgroundOptions {
  /** What lies between two beginnings at the least. */
  readonly gapMs: number;
  /** A timer that a machine slept through is no reason to wait long: the work is done so often, where something is due at all. */
  readonly longestMs: number;
  /** Is told what the work throws; it is tried again after the gap. */
  readonly failed: (error: unknown) => void;
}

/**
 * Does `work` when somebody nudges, one turn after the other, and when something is due: `work` answers in how many milliseconds that is, or undefined where nothing
 * waits, so that an idle service asks its database nothing. It stops early when `isStopping`.
 */
export function inBackground(
  work: (isStopping: () => boolean) => Promise<number | undefined>,
  { gapMs, longestMs, failed }: BackgroundOptions,
): Background {
  let under: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let isStopping = false;
  let isWanted = false;

  async function run(): Promise<void> {
    startedAtMs = performance.now();
    isWanted = false;
    let untilMs: number | undefined;
    try {
      untilMs = await work(() => isStopping);
    } catch (error) {
      failed(error);
      untilMs = gapMs;
    }
    under = undefined;
    if (isWanted) wake(0);
    else if (untilMs !== undefined) wake(untilMs);
  }

  function wake(inMs: number): void {
    clearTimeout(timer);
    if (isStopping) return;
    const soonestMs = startedAtMs + gapMs - performance.now();
    timer = setTimeout(() => void (under ??= run()), Math.min(Math.max(inMs, soonestMs, 0), longestMs));
    // What waits keeps no process alive that has nothing else to do.
    timer.unref();
  }

  return {
    nudge() {
      if (under === undefined) wake(0);
      else isWanted = true;
    },
    async drain() {
      isStopping = true;
      clearTimeout(timer);
      await under;
    },
  };
}
