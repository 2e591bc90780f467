import type { Found } from './explore.ts';
import { endings, publishFaults, workFaults } from './history.ts';
import type { Tally } from './tally.ts';

export type Tier = 'pglite' | 'postgres';

/** From this many cases on, each fault and outcome below must have happened: what never happened was not tested. */
const ENOUGH_CASES = 200;
const ENOUGH_CASES_FOR_RARE = 1_000;
const sometimes = [
  ...[...publishFaults, ...workFaults, ...endings].filter((name) => name !== 'none' && name !== 'commit').map((name) => `fault: ${name}`),
  ...['late arrival', 'queue purged', 'clock steps back', 'clock jumps ahead'].map((name) => `fault: ${name}`),
  ...['applied', 'stale duplicate', 'stale superseded', 'conflict won', 'conflict lost'].map((name) => `outcome: ${name}`),
  'outcome: parked future_version',
  ...['live', 'superseded', 'overwritten'].map((name) => `ledger: ${name}`),
  'writes refused',
];
const rarely = ['outcome: parked missing_parent', 'outcome: parked still_needed', 'revived', 'parked released by a sweep'];

/** What should have happened in a run, and did not. */
export function neverHappened(tally: Pick<Tally, 'counts'>): string[] {
  const counts = tally.counts();
  const cases = counts['cases'] ?? 0;
  const expected = [...(cases < ENOUGH_CASES ? [] : sometimes), ...(cases < ENOUGH_CASES_FOR_RARE ? [] : rarely)];
  return expected.filter((name) => (counts[name] ?? 0) === 0);
}

/** A run in a few lines. */
export function describeRun(tier: Tier, tally: Pick<Tally, 'counts' | 'ranges'>, seconds: number, seeds: readonly number[]): string {
  const counts = tally.counts();
  const n = (name: string): number => counts[name] ?? 0;
  const group = (prefix: string): string =>
    Object.entries(counts)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]) => `${name.slice(prefix.length)} ${count}`)
      .join(', ');
  const ranges = Object.entries(tally.ranges()).map(
    ([name, { least, greatest, sum, times }]) => `${name} ${least}-${greatest}, ${(sum / times).toFixed(1)} on average`,
  );
  return [
    `explorer (${tier})  ${n('cases')} cases, ${n('operations')} operations, ${n('writes acknowledged')} acknowledged writes in ${seconds.toFixed(1)} s; seeds ${seeds.join(', ')}`,
    `  faults    ${group('fault: ')}`,
    `  outcomes  ${group('outcome: ')}; ${n('conflict records')} conflict records, ${n('revived')} revived, ${n('parked released by a sweep')} released by a sweep`,
    `  ledger    ${group('ledger: ')}, unaccounted 0`,
    ...ranges.map((range) => `  ${range}`),
    '',
  ].join('\n');
}

/** A failure with the history that led there and the command that shows it again. */
export function describeFailure(tier: Tier, found: Found): string {
  const project = tier === 'pglite' ? 'unit' : 'postgres';
  const file = tier === 'pglite' ? 'convergence.test.ts' : 'convergence.pg.test.ts';
  return [
    found.violation,
    `seed ${found.seed}, path ${found.path}, tier ${tier}; the smallest history that fails has ${found.history.length} steps:`,
    ...found.history.map((step) => `  ${JSON.stringify(step)}`),
    `again: EXPLORER_SEED=${found.seed} EXPLORER_PATH=${found.path} npx vitest run --project ${project} chaos/explorer/${file}`,
  ].join('\n');
}
