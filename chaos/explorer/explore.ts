import fc from 'fast-check';

import { runCase } from './case.ts';
import { histories, type Step } from './history.ts';
import type { Side } from './side.ts';
import type { Tally } from './tally.ts';

export interface Exploration {
  readonly cases: number;
  readonly seed: number;
  /** Of a failure: fast-check's path to the smallest history that fails. */
  readonly path?: string;
}

/** What was found wrong, and how to see it again. */
export interface Found {
  readonly seed: number;
  readonly path: string;
  readonly shrinks: number;
  readonly violation: string;
  readonly history: readonly Step[];
}

const WIPE_EVERY = 50;
/** What is kept from case to case: everything else is emptied. */
const KEPT = ['entity', 'node', 'setting', 'template', 'kysely_migration', 'kysely_migration_lock'];

/** Empties a side, as no writer could: the triggers do not see it. */
async function wipe(side: Side): Promise<void> {
  const [tables] = await side.admin(
    `SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS names FROM pg_tables
     WHERE schemaname IN ('sync', 'catalog') AND NOT (schemaname = 'sync' AND tablename = ANY ('{${KEPT.join(',')}}'))`,
  );
  const { names } = tables?.rows[0] ?? {};
  await side.admin(`SET session_replication_role = replica; TRUNCATE ${names}; SET session_replication_role = origin`);
}

/** Runs random histories on `sides` until one fails or all have passed; answers the smallest history that fails. */
export async function explore(sides: readonly [Side, Side], { cases, seed, path }: Exploration, tally: Tally): Promise<Found | undefined> {
  let number = 0;
  const wipeBoth = async (): Promise<void> => void (await Promise.all(sides.map(wipe)));
  await wipeBoth();
  const property = fc.asyncProperty(histories, async (history) => {
    number += 1;
    // A queue that lost its messages makes a region point at all that it ever wrote: keep that short.
    if (number % WIPE_EVERY === 0 || history.some((step) => step.do === 'purge queue')) await wipeBoth();
    try {
      await runCase(sides, number, history, tally);
      tally.add('cases');
    } catch (error) {
      await wipeBoth();
      throw error;
    }
  });
  const outcome = await fc.check(property, { numRuns: cases, seed, ...(path === undefined ? {} : { path }) });
  if (!outcome.failed) return undefined;
  return {
    seed: outcome.seed,
    path: outcome.counterexamplePath ?? '',
    shrinks: outcome.numShrinks,
    violation:
      outcome.errorInstance instanceof Error
        ? (outcome.errorInstance.stack ?? outcome.errorInstance.message)
        : String(outcome.errorInstance),
    history: outcome.counterexample?.[0] ?? [],
  };
}
