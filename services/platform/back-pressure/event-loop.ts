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
/** Who is busy for less than this share of a window has not more work than time: it was frozen, as App Runner does between requests, or slept. */
const BUSY = 0.5;

/** Whether the loop lags after this window: only where the one before was late too. A process that was frozen for a minute has one such window, and goes on. */
export function createLagVerdict(limitMs: number): (medianMs: number) => boolean {
  let wasLate = false;
  return (medianMs) => {
    const isLate = medianMs > limitMs;
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
  let delay = { median: 0, p99: 0 };
  // The histogram counts from one look to the next: what is above its resolution is delay.
  const delayAt = (percentile: number): number => Math.max(0, histogram.percentile(percentile) / NS_PER_MS - resolutionMs);
  const looking = setInterval(() => {
    if (histogram.count === 0) return;
    delay = { median: delayAt(50), p99: delayAt(99) };
    const { utilization } = performance.eventLoopUtilization(used);
    used = performance.eventLoopUtilization();
    isLagging = verdict(utilization < BUSY ? 0 : delay.median);
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
