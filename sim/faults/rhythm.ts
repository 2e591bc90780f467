import { createRandom } from '#standins/toxiproxy/random.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** What comes and goes: open for a time drawn from a range, then shut for one. */
export interface Rhythm {
  readonly openMs: readonly [least: number, most: number];
  /** Nothing, where what is open is only closed and opened again. */
  readonly shutMs: readonly [least: number, most: number];
}

export interface Beat {
  readonly openMs: number;
  readonly shutMs: number;
}

/** The beats of a rhythm, without end: the same for the same seed. */
export function* beatsOf({ openMs, shutMs }: Rhythm, seed: number): Generator<Beat, never> {
  const random = createRandom(seed);
  const within = ([least, most]: readonly [number, number]): number => Math.round(least + random() * (most - least));
  for (;;) yield { openMs: within(openMs), shutMs: within(shutMs) };
}

export interface RhythmDeps {
  readonly shut: () => Promise<void>;
  readonly open: () => Promise<void>;
}

/**
 * Lets something be open and shut by turns until it is told to end, when it is open. A change that fails is left for the next one: what fails now may
 * be back by then. Its timers keep no process alive.
 */
export function startRhythm(beats: Iterable<Beat>, { shut, open }: RhythmDeps): { end(): Promise<void> } {
  const ending = new AbortController();
  const pause = (durationMs: number): Promise<void> => sleep(durationMs, undefined, { signal: ending.signal, ref: false });

  async function run(): Promise<void> {
    for (const { openMs, shutMs } of beats) {
      await pause(openMs);
      await shut().catch(() => undefined);
      if (shutMs > 0) await pause(shutMs);
      await open().catch(() => undefined);
    }
  }

  const running = run().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  return {
    async end() {
      ending.abort();
      await running;
      await open();
    },
  };
}
