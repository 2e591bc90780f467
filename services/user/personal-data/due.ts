import type { UserDeps } from '../deps.ts';
import { selectDueErasures } from './due.repository.ts';
import { erasePerson, type PersonalDataDeps } from './service.ts';

const GAP_MS = 10_000;
/** An idle service asks its database seldom: what crossed while nobody asked it anything has waited so long at the most. */
const LONGEST_MS = 15 * 60_000;
const MOST_AT_ONCE = 1_000;

export type DueErasureDeps = PersonalDataDeps & Pick<UserDeps, 'publisher' | 'log'>;

/**
 * Erases the accounts whose link the other region has erased, each with a receipt of its own; answers how many. It may die at any moment, and run in any number of
 * processes: what is due stands in the database until the erasure commits with its receipt. One that goes wrong keeps no other from its turn: what went wrong is
 * thrown at the end, as an AggregateError.
 */
export async function eraseDue(deps: DueErasureDeps, isStopping: () => boolean = () => false): Promise<number> {
  const faults: unknown[] = [];
  let erased = 0;
  for (const accountId of await selectDueErasures(deps.db, MOST_AT_ONCE)) {
    if (isStopping()) break;
    try {
      await erasePerson(deps, accountId, { by: 'other_region', regions: 'own' });
      erased += 1;
    } catch (error) {
      faults.push(error);
    }
  }
  if (erased > 0) await deps.publisher.afterCommit();
  if (faults.length > 0) throw new AggregateError(faults, 'erasures that the other region asked for went wrong');
  return erased;
}

/** Erases what is due in the background. */
export interface DueErasures {
  /** Looks for what is due, at most once in ten seconds: sooner than that, as soon as they are over. Never throws. */
  nudge(): void;
  /** Begins nothing more, and waits for the erasure under way. */
  drain(): Promise<void>;
}

/** Nothing tells the service what sync has applied, so it looks after requests, and every quarter of an hour. `longestMs`, `gapMs`: between two looks, at the most and least. */
export function createDueErasures(
  deps: DueErasureDeps,
  { gapMs = GAP_MS, longestMs = LONGEST_MS }: { readonly gapMs?: number; readonly longestMs?: number } = {},
): DueErasures {
  let under: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let isStopping = false;
  let isWanted = false;

  async function run(): Promise<void> {
    startedAtMs = performance.now();
    isWanted = false;
    let untilMs = longestMs;
    try {
      await eraseDue(deps, () => isStopping);
    } catch (error) {
      deps.log.warn({ err: error }, 'erasures for the other region failed; they stay due');
      untilMs = gapMs;
    }
    under = undefined;
    wake(isWanted ? 0 : untilMs);
  }

  function wake(inMs: number): void {
    clearTimeout(timer);
    if (isStopping) return;
    const soonestMs = startedAtMs + gapMs - performance.now();
    timer = setTimeout(() => void (under ??= run()), Math.max(inMs, soonestMs, 0));
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
