import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Half of the looks at the event loop come later than this, window after window: then it is not one pause, but more work than there is time for. */
export interface EventLoopWatch {
  isLagging(): boolean;
  /** Of the last window. */
  delayMs(): { readonly median: number; readonly p99: number };
  close(): void;
}

const RESOLUTION_MS = 50;
const WINDOW_MS = 1_000;
const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;
/** Whose loop waits for longer than this share of a window has not more work than time. */
const BUSY = 0.5;
/**
 * Nor has who uses less of a processor than this: it was frozen, as App Runner does between requests, perhaps in the middle of its work, for which the loop then seems to
 * have been busy all the time. The smallest instance of a cloud has a quarter of one.
 */
const WORKING = 0.1;

/** What one window of time was like. */
export interface LoopWindow {
  /** How late half of the looks were, at least. */
  readonly medianMs: number;
  /** The share of it in which the loop did not wait for something to happen. */
  readonly busy: number;
  /** How much of one processor the process used. */
  readonly processor: number;
}

/** Whether the loop lags after this window: only where it was late by work, and the one before was so too. */
export function createLagVerdict(limitMs: number): (window: LoopWindow) => boolean {
  let wasLate = false;
  return ({ medianMs, busy, processor }) => {
    const isLate = medianMs > limitMs && busy >= BUSY && processor >= WORKING;
    const isLagging = isLate && wasLate;
    wasLate = isLate;
    return isLagging;
  };
}

/** Watches the event loop of this process. It does not keep the process alive. */
export function watchEventLoop(options: { limitMs: number; windowMs?: number; resolutionMs?: number }): EventLoopWatch {
  const resolutionMs = options.resolutionMs ?? RESOLUTION_MS;
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const verdict = createLagVerdict(options.limitMs);
  let isLagging = false;
  let used = performance.eventLoopUtilization();
  let processor = process.cpuUsage();
  let sinceMs = performance.now();
  let delay = { median: 0, p99: 0 };
  // The histogram counts from one look to the next: what is above its resolution is delay.
  const delayAt = (percentile: number): number => Math.max(0, histogram.percentile(percentile) / NS_PER_MS - resolutionMs);
  const looking = setInterval(() => {
    if (histogram.count === 0) return;
    delay = { median: delayAt(50), p99: delayAt(99) };
    const { utilization } = performance.eventLoopUtilization(used);
    const { user, system } = process.cpuUsage(processor);
    const nowMs = performance.now();
    isLagging = verdict({ medianMs: delay.median, busy: utilization, processor: (user + system) / US_PER_MS / (nowMs - sinceMs) });
    used = performance.eventLoopUtilization();
    processor = process.cpuUsage();
    sinceMs = nowMs;
    histogram.reset();
  }, options.windowMs ?? WINDOW_MS).unref();
  return {
    isLagging: () => isLagging,
    delayMs: () => delay,
    close() {
      clearInterval(looking);
      histogram.disable();
    },
  };
}
