import { inBackground, type Background } from '#platform/background.ts';
import { ownOrigin, runFrom } from '#platform/origin.ts';

import type { UserDeps } from '../deps.ts';
import { selectDueErasures } from './due.repository.ts';
import { erasePerson, type PersonalDataDeps } from './service.ts';

const GAP_MS = 10_000;
/** An idle service asks its database seldom, which then may sleep: what crossed while nobody asked it anything has waited so long at the most, of the month that the law gives. */
const LONGEST_MS = 6 * 60 * 60_000;
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

export type DueErasures = Background;

/**
 * Erases what is due in the background. Nothing tells the service what sync has applied, so it looks after requests, and every six hours. `longestMs`, `gapMs`:
 * between two looks, at the most and least.
 */
export const createDueErasures = (
  deps: DueErasureDeps,
  { gapMs = GAP_MS, longestMs = LONGEST_MS }: { readonly gapMs?: number; readonly longestMs?: number } = {},
): DueErasures =>
  inBackground(
    async (isStopping) => {
      const origin = ownOrigin();
      await runFrom(origin, () => eraseDue(deps, isStopping));
      return longestMs;
    },
    {
      gapMs,
      longestMs,
      failed: (error) => deps.log.warn({ err: error }, 'erasures for the other region failed; they stay due'),
    },
  );
