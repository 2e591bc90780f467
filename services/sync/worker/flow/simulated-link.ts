import { carried, initialSize, lost, timeLimitMs, wireTarget, type BodySize } from './body-size.ts';
import type { FlowLimits } from './limits.ts';
import { answered, dropped, openWindow, type Window } from './window.ts';

/** A border as a sender meets it: rates in bytes a second. */
export interface SimulatedLink {
  readonly roundTripMs: number;
  readonly flowRate: number;
  /** What all flows share, by time. */
  readonly totalRate: (atMs: number) => number;
  /** When a flow is reset, as a time after it last was. */
  readonly nextResetMs: () => number;
}

export interface Run {
  readonly deliveredBytes: number;
  readonly resets: number;
  readonly mostInFlight: number;
  readonly limitAt: (atMs: number) => number;
  readonly deliveredBetween: (fromMs: number, toMs: number) => number;
}

const STEP_MS = 10;

/** Lets a sender with an endless backlog work for `forMs` over `link`; nothing of it is real time. */
export function simulate(link: SimulatedLink, limits: FlowLimits, forMs: number): Run {
  let window: Window = openWindow(limits.maxInFlight, 0);
  let size: BodySize = { ...initialSize(limits), ratio: 1 };
  const flows: { bytes: number; left: number; startedAtMs: number; resetAtMs: number }[] = [];
  const resetTimes = Array.from({ length: limits.maxInFlight }, link.nextResetMs);
  const delivered: [atMs: number, bytes: number][] = [];
  const limitLog: number[] = [];
  let resets = 0;
  let mostInFlight = 0;
  for (let now = 0; now < forMs; now += STEP_MS) {
    while (flows.length < Math.floor(window.limit)) {
      const bytes = Math.round(wireTarget(size, Math.floor(window.limit), limits));
      flows.push({ bytes, left: bytes, startedAtMs: now, resetAtMs: resetTimes[flows.length] ?? Infinity });
    }
    mostInFlight = Math.max(mostInFlight, flows.length);
    limitLog.push(window.limit);
    const sending = flows.filter((flow) => flow.left > 0).length;
    const share = Math.min(link.flowRate, link.totalRate(now) / Math.max(1, sending));
    for (const [at, flow] of [...flows.entries()].reverse()) {
      if (flow.left > 0) flow.left -= (share * STEP_MS) / 1000;
      const duration = now + STEP_MS - flow.startedAtMs;
      const isReset = now >= flow.resetAtMs;
      if (isReset) resetTimes[at] = now + link.nextResetMs();
      if (isReset || duration > timeLimitMs(flow.bytes, limits)) {
        resets += 1;
        flows.splice(at, 1);
        window = dropped(window, isReset ? 'reset' : 'timeout', flow.startedAtMs, now);
        size = lost(size, limits);
      } else if (flow.left <= 0 && duration >= link.roundTripMs + (flow.bytes * 1000) / link.flowRate) {
        flows.splice(at, 1);
        delivered.push([now, flow.bytes]);
        window = answered(window, { startedAtMs: flow.startedAtMs, atMs: now + STEP_MS, bytes: flow.bytes }, true, limits);
        size = carried(size, flow.bytes, duration, limits);
      }
    }
  }
  const between = (fromMs: number, toMs: number): number =>
    delivered.reduce((sum, [at, bytes]) => (at >= fromMs && at < toMs ? sum + bytes : sum), 0);
  return {
    deliveredBytes: between(0, forMs),
    resets,
    mostInFlight,
    limitAt: (atMs) => limitLog[Math.floor(atMs / STEP_MS)] ?? 0,
    deliveredBetween: between,
  };
}
