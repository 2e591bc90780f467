import { setTimeout as sleep } from 'node:timers/promises';

/** How fast the shop's life goes: so many seconds of the file in one of ours, or as fast as it can. */
export type Speed = number | 'max';

/** Reads `10000x`, `10000` or `max`. Throws RangeError. */
export function parseSpeed(text: string): Speed {
  if (text === 'max') return 'max';
  const factor = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1]);
  if (!(factor > 0)) throw new RangeError('10000x or max is needed');
  return factor;
}

export interface Pace {
  /** Resolves when it is time for what happened at `epochMs` of the file, or the signal stops; undefined where it is time already. */
  until(epochMs: number, signal: AbortSignal): Promise<void> | undefined;
}

/** What happened until `reachedMs` is over already and takes no time; from there on it goes by the clock. */
export function openPace(speed: Speed, reachedMs: number, nowMs: () => number): Pace {
  let origin: { readonly fileMs: number; readonly ourMs: number } | undefined;
  return {
    until(epochMs, signal) {
      if (speed === 'max' || epochMs <= reachedMs) return undefined;
      origin ??= { fileMs: epochMs, ourMs: nowMs() };
      const waitMs = origin.ourMs + (epochMs - origin.fileMs) / speed - nowMs();
      if (waitMs < 1) return undefined;
      return sleep(waitMs, undefined, { signal }).catch(() => undefined);
    },
  };
}
