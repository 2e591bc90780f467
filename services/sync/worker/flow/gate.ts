import type { Clock } from '#platform/clock.ts';

import { carried, initialSize, lost, packed, rawTarget, timeLimitMs, wireTarget, type BodySize } from './body-size.ts';
import type { FlowLimits } from './limits.ts';
import { answered, dropped, openWindow, type Window } from './window.ts';

/** A place for one request in flight. Exactly one of the three ends it. */
export interface Place {
  /** `peerMs`: how long the peer worked on it, of the time that it took. */
  answered(wireBytes: number, peerMs: number): void;
  /** `holdMs`: the peer asks for a pause. */
  dropped(why: 'reset' | 'refused' | 'timeout', holdMs?: number): void;
  /** Ended for a reason that says nothing about the border. */
  left(): void;
}

/** What all batches of a worker share towards one peer: places in flight, the size of bodies, and the memory for rows that are under way. */
export interface Gate {
  /** Waits for a place, in order. Rejects with the signal's reason when it aborts. */
  enter(signal: AbortSignal): Promise<Place>;
  /** Bytes of rows before compression that the next body should carry. */
  rawTargetBytes(): number;
  targetBytes(): number;
  packed(rawBytes: number, wireBytes: number): void;
  timeLimitMs(wireBytes: number): number;
  /** Takes memory if there is some; false where the caller has to wait (`hold`). */
  tryHold(bytes: number): boolean;
  hold(bytes: number, signal: AbortSignal): Promise<void>;
  /** Takes memory for what is there already. */
  take(bytes: number): void;
  release(bytes: number): void;
  /** How many requests may be in flight now. */
  limit(): number;
  /** Requests that failed one after the other, without one that was answered. */
  failuresInARow(): number;
  /** When a request was answered last, or the gate (re)opened. */
  answeredAtMs(): number;
  /** The peer cannot be reached, or cannot be talked to: who waits for a place is sent home with `reason`, and so is who comes, until `reopen`. */
  shut(reason: Error): void;
  /**
   * After a silence, everything that was learnt is old: begin as at the start, so that all who come back at once come slowly. Does nothing to a gate
   * that is open.
   */
  reopen(): void;
}

export function createGate(limits: FlowLimits, clock: Clock): Gate {
  let window: Window = openWindow(limits.maxInFlight, clock.now());
  let size: BodySize = initialSize(limits);
  let inFlight = 0;
  let held = 0;
  let failures = 0;
  let heldUntilMs = 0;
  let answeredAtMs = clock.now();
  let shutFor: Error | undefined;
  const forPlace: Waiting[] = [];
  const forMemory: (Waiting & { bytes: number })[] = [];

  const target = (): number => wireTarget(size, Math.floor(window.limit), limits);

  function admit(): void {
    const pauseMs = heldUntilMs - clock.now();
    if (pauseMs > 0) return;
    while (forPlace.length > 0 && inFlight < Math.floor(window.limit)) {
      inFlight += 1;
      forPlace.shift()?.go();
    }
  }

  /** A timer may fire a moment before the clock has come so far; nobody else would wake those who wait. */
  function admitAfterPause(): void {
    const pauseMs = heldUntilMs - clock.now();
    if (pauseMs > 0) void clock.wait(pauseMs).then(admitAfterPause);
    else admit();
  }

  function admitToMemory(): void {
    for (let [next] = forMemory; next !== undefined && fits(next.bytes); [next] = forMemory) {
      forMemory.shift();
      held += next.bytes;
      next.go();
    }
  }

  /** What is larger than everything passes alone. */
  const fits = (bytes: number): boolean => held === 0 || held + bytes <= limits.maxHeldBytes;

  function place(): Place {
    const startedAtMs = clock.now();
    let open = true;
    const end = (note: () => void) => (): void => {
      if (!open) return;
      open = false;
      inFlight -= 1;
      note();
      admit();
    };
    return {
      answered: (wireBytes, peerMs) =>
        end(() => {
          const atMs = clock.now();
          failures = 0;
          answeredAtMs = atMs;
          window = answered(window, { startedAtMs, atMs, bytes: wireBytes }, forPlace.length > 0, limits);
          size = carried(size, wireBytes, Math.max(1, atMs - startedAtMs - peerMs), limits);
        })(),
      dropped: (why, holdMs = 0) =>
        end(() => {
          failures += 1;
          window = dropped(window, why, startedAtMs, clock.now());
          if (why !== 'refused') size = lost(size, limits);
          if (holdMs <= 0) return;
          heldUntilMs = Math.max(heldUntilMs, clock.now() + holdMs);
          void clock.wait(holdMs).then(admitAfterPause);
        })(),
      left: end(() => undefined),
    };
  }

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (shutFor !== undefined) throw shutFor;
      await waitIn(forPlace, {}, signal, admit);
      return place();
    },
    rawTargetBytes: () => rawTarget(size, target()),
    targetBytes: target,
    packed(rawBytes, wireBytes) {
      size = packed(size, rawBytes, wireBytes);
    },
    timeLimitMs: (wireBytes) => timeLimitMs(wireBytes, limits),
    tryHold(bytes) {
      if (forMemory.length > 0 || !fits(bytes)) return false;
      held += bytes;
      return true;
    },
    async hold(bytes, signal) {
      signal.throwIfAborted();
      await waitIn(forMemory, { bytes }, signal, admitToMemory);
    },
    take(bytes) {
      held += bytes;
    },
    release(bytes) {
      held -= bytes;
      admitToMemory();
    },
    limit: () => Math.floor(window.limit),
    failuresInARow: () => failures,
    answeredAtMs: () => answeredAtMs,
    shut(reason) {
      shutFor ??= reason;
      for (const waiting of forPlace.splice(0)) waiting.sendHome(shutFor);
    },
    reopen() {
      if (shutFor === undefined) return;
      shutFor = undefined;
      window = openWindow(limits.maxInFlight, clock.now());
      size = { ...initialSize(limits), ratio: size.ratio };
      failures = 0;
      answeredAtMs = clock.now();
      admit();
    },
  };
}

interface Waiting {
  go(): void;
  sendHome(reason: Error): void;
}

/** Stands in `queue` until `admit` lets it go; leaves it when `signal` aborts. */
function waitIn<Extra extends object>(queue: (Waiting & Extra)[], extra: Extra, signal: AbortSignal, admit: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const at = queue.indexOf(waiting);
      if (at >= 0) queue.splice(at, 1);
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      admit();
    };
    const waiting: Waiting & Extra = {
      ...extra,
      go() {
        signal.removeEventListener('abort', leave);
        resolve();
      },
      sendHome(reason) {
        signal.removeEventListener('abort', leave);
        reject(reason);
      },
    };
    signal.addEventListener('abort', leave, { once: true });
    queue.push(waiting);
    admit();
  });
}
