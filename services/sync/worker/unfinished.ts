import { systemClock, type Clock } from '#platform/clock.ts';

import type { PointersRead } from './coalesce.ts';

/** What was left of a message comes again within its visibility timeout; if it does not, while others are done, another worker has it. */
const OVERTAKEN_AFTER_MS = 120_000;
const MOST_UNFINISHED = 1_000;
const SHIFT_TO_MS = 16n;

/**
 * Remembers of messages which part is done, so that one that is too much for a single try gets on with each, and how old what is not done is. In memory only: a
 * worker that has lost it sends a row once more, and the peer calls that stale.
 */
export interface Unfinished {
  /** Work on a message begins. Answers what is left of it. */
  begin(id: string, content: PointersRead): PointersRead;
  keep(id: string, left: PointersRead): void;
  forget(id: string): void;
  /** The queue holds nothing, and nothing is under way: what was left of messages, others have done. */
  overtaken(): void;
  /** When the oldest write was made that is not answered yet, in milliseconds since the epoch; null where there is none. */
  oldestWriteMs(): number | null;
}

interface Left {
  readonly content: PointersRead;
  /** Null where it no longer counts as waiting. */
  readonly oldestMs: number | null;
  /** When it was left; null while it is worked on. */
  readonly leftAtMs: number | null;
}

export function createUnfinished(clock: Pick<Clock, 'now'> = systemClock): Unfinished {
  const kept = new Map<string, Left>();
  let doneAtMs = -Infinity;
  function set(id: string, content: PointersRead, leftAtMs: number | null): void {
    kept.delete(id);
    kept.set(id, { content, oldestMs: oldestMsOf(content.pointers), leftAtMs });
    const [oldest] = kept.keys();
    if (kept.size > MOST_UNFINISHED && oldest !== undefined) kept.delete(oldest);
  }
  return {
    begin(id, content) {
      const left = kept.get(id)?.content ?? content;
      set(id, left, null);
      return left;
    },
    keep: (id, left) => set(id, left, clock.now()),
    forget(id) {
      kept.delete(id);
      doneAtMs = clock.now();
    },
    overtaken() {
      for (const [id, left] of kept) kept.set(id, { ...left, oldestMs: null });
    },
    oldestWriteMs() {
      const all = [...kept.values()].flatMap(({ oldestMs, leftAtMs }) =>
        oldestMs === null || (leftAtMs !== null && doneAtMs - leftAtMs > OVERTAKEN_AFTER_MS) ? [] : [oldestMs],
      );
      return all.length === 0 ? null : Math.min(...all);
    },
  };
}

/** When the oldest of the writes that `pointers` name was made, in milliseconds since the epoch; null where they name none. */
export function oldestMsOf(pointers: ReadonlyMap<string, ReadonlyMap<string, bigint>>): number | null {
  let oldest: bigint | undefined;
  for (const keys of pointers.values()) for (const version of keys.values()) if (oldest === undefined || version < oldest) oldest = version;
  return oldest === undefined ? null : Number(oldest >> SHIFT_TO_MS);
}
