import type { FlowLimits } from './limits.ts';

/**
 * How many requests may be in flight towards a border whose capacity nobody tells us. Additive increase, multiplicative decrease, judged once a
 * round trip:
 *
 * - Latency near its minimum, or goodput that rises: one more (doubling until the first sign of congestion). A border that limits each flow by
 *   itself, or loses packets, pays for every further flow with goodput and no delay; it is used up to `maxInFlight`.
 * - Twice the least latency and no more goodput: what was added only waits somewhere. 0.8 of it.
 * - A request that timed out or was refused as one too many: half of it. One that was reset: 0.8, since a border that resets flows every
 *   20-60 s does so however few there are, and half a window for each would leave one flow of ten. Once for all that were under way together.
 *
 * The idea is that of TCP Vegas (Brakmo, Peterson 1995: compare expected and actual rate) as Netflix's concurrency-limits carries it over to
 * requests (limit x minimum / measured latency). Two things differ. Latency alone would not do: our bodies differ in size, so the least latency is a
 * line (base + bytes x slope) over recent requests. And a standing queue of our own would in time pass for the minimum: so, as in BBR's ProbeRTT,
 * the window is quartered for one round every half minute.
 */
export interface Window {
  /** Requests that may be in flight; its whole part counts. */
  readonly limit: number;
  readonly startingUp: boolean;
  readonly epoch: Epoch;
  readonly recent: readonly Sample[];
  /** Goodput of recent epochs, bytes a millisecond. */
  readonly goodputs: readonly { readonly atMs: number; readonly rate: number }[];
  /** Requests that began before this have no say in another decrease. */
  readonly decreasedAtMs: number;
  /** What to come back to after the round in which the least latency is looked for. */
  readonly probing: number | undefined;
  readonly probedAtMs: number;
}

interface Epoch {
  readonly startedAtMs: number;
  readonly bytes: number;
  readonly gradients: readonly number[];
  /** Did somebody wait for a place in this epoch? A window that is not used says nothing about a larger one. */
  readonly full: boolean;
}

/** One answered request. */
export interface Sample {
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly bytes: number;
}

const INITIAL = 2;
const NEAR = 0.7;
const FAR = 0.5;
const GAIN = 1.1;
const DECREASE = 0.8;
const MEMORY_MS = 30_000;
const MOST_SAMPLES = 64;
/** Bodies below this say what a round trip costs, not what bytes cost. */
const LARGE_BYTES = 8 * 1024;

/** Of `FlowLimits`. */
type Bounds = Pick<FlowLimits, 'minInFlight' | 'maxInFlight'>;

const emptyEpoch = (startedAtMs: number): Epoch => ({ startedAtMs, bytes: 0, gradients: [], full: false });

export function openWindow(maxInFlight: number, nowMs: number): Window {
  return {
    limit: Math.min(INITIAL, maxInFlight),
    startingUp: true,
    epoch: emptyEpoch(nowMs),
    recent: [],
    goodputs: [],
    decreasedAtMs: -Infinity,
    probing: undefined,
    probedAtMs: nowMs,
  };
}

const durationOf = (sample: Sample): number => Math.max(1, sample.atMs - sample.startedAtMs);

/** The least that a request of `bytes` took lately. */
function leastMs(recent: readonly Sample[], bytes: number): number {
  const base = Math.min(...recent.map(durationOf));
  const slopes = recent.filter((sample) => sample.bytes >= LARGE_BYTES).map((sample) => (durationOf(sample) - base) / sample.bytes);
  return base + (slopes.length === 0 ? 0 : Math.min(...slopes) * bytes);
}

/** Takes note of an answered request; `waiting`: others wait for a place. */
export function answered(window: Window, sample: Sample, waiting: boolean, bounds: Bounds): Window {
  const recent = [...window.recent, sample].filter((other) => other.atMs > sample.atMs - MEMORY_MS).slice(-MOST_SAMPLES);
  const { epoch } = window;
  const isOfEpoch = sample.startedAtMs >= epoch.startedAtMs;
  const gradients = isOfEpoch ? [...epoch.gradients, leastMs(recent, sample.bytes) / durationOf(sample)] : epoch.gradients;
  const next = { ...epoch, bytes: epoch.bytes + sample.bytes, gradients, full: epoch.full || waiting };
  const noted = { ...window, recent, epoch: next };
  return gradients.length >= Math.floor(window.limit) ? judge(noted, sample.atMs, bounds) : noted;
}

function judge(window: Window, nowMs: number, { minInFlight, maxInFlight }: Bounds): Window {
  const { epoch, limit } = window;
  const fresh = { ...window, epoch: emptyEpoch(nowMs) };
  if (window.probing !== undefined)
    return { ...fresh, limit: Math.min(maxInFlight, window.probing), probing: undefined, probedAtMs: nowMs };
  if (nowMs - window.probedAtMs > MEMORY_MS) {
    const least = Math.max(minInFlight, limit / 4);
    return least > limit - 1 ? { ...fresh, probedAtMs: nowMs } : { ...fresh, limit: least, probing: limit };
  }
  if (!epoch.full) return fresh;
  const rate = epoch.bytes / Math.max(1, nowMs - epoch.startedAtMs);
  const gradient = epoch.gradients.reduce((sum, value) => sum + value, 0) / epoch.gradients.length;
  const before = window.goodputs.filter(({ atMs }) => atMs > nowMs - MEMORY_MS);
  const rises = before.every((other) => rate > other.rate * GAIN);
  const judged = { ...fresh, goodputs: [...before, { atMs: nowMs, rate }].slice(-MOST_SAMPLES) };
  if (gradient >= NEAR || rises) {
    return { ...judged, limit: Math.min(maxInFlight, window.startingUp ? limit * 2 : limit + 1) };
  }
  if (gradient < FAR)
    return { ...judged, startingUp: false, limit: Math.max(Math.min(minInFlight, limit), limit * DECREASE), decreasedAtMs: nowMs };
  return { ...judged, startingUp: false };
}

/** Takes note of a request, begun at `startedAtMs`, that did not get through. */
export function dropped(window: Window, why: 'reset' | 'refused' | 'timeout', startedAtMs: number, nowMs: number): Window {
  if (startedAtMs < window.decreasedAtMs) return window;
  const before = window.probing ?? window.limit;
  return {
    ...window,
    limit: Math.max(1, before * (why === 'reset' ? DECREASE : 0.5)),
    startingUp: false,
    probing: undefined,
    goodputs: [],
    decreasedAtMs: nowMs,
    epoch: emptyEpoch(nowMs),
  };
}
