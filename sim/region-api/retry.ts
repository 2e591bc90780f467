import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryDeps {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly nowMs: () => number;
}

export const realRetryDeps: RetryDeps = {
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, { signal });
  },
  random: Math.random,
  nowMs: () => performance.now(),
};

/** A failure that may be over soon. */
export class Transient extends Error {
  readonly retryAfterMs: number | undefined;
  /** The failure in a few words, for a line of progress. */
  readonly brief: string;

  constructor(message: string, retryAfterMs?: number, { brief = message, ...options }: ErrorOptions & { brief?: string } = {}) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
    this.brief = brief;
  }
}

/** How a person ends what may take long. */
export interface Signals {
  /** In good order: what is under way is waited for, and not repeated when it fails. */
  readonly stop: AbortSignal;
  /** At once. */
  readonly abandon: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const LONGEST_RETRY_AFTER_MS = 60_000;

/**
 * Runs `attempt` until it does not throw `Transient`, pausing longer each time, with full jitter, and at least as long as the server asked
 * for. Gives up with the last `Transient` when the next pause would end after `patienceMs`, or when it is told to stop.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  options: { patienceMs: number; signals: Signals; onRetry: (error: Transient) => void; deps: RetryDeps },
): Promise<T> {
  const { deps, signals } = options;
  const endMs = deps.nowMs() + options.patienceMs;
  for (let failures = 0; ; failures += 1) {
    signals.abandon.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient) || signals.stop.aborted) throw error;
      const ceilingMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      const askedMs = Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
      const pauseMs = askedMs + deps.random() * ceilingMs;
      if (deps.nowMs() + pauseMs > endMs) throw error;
      options.onRetry(error);
      await deps.sleep(pauseMs, signals.stop);
    }
  }
}

/** Reads Retry-After (RFC 9110, 10.2.3): seconds, or a date. Undefined where it is neither. */
export function readRetryAfter(value: string | undefined, nowEpochMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowEpochMs);
}
