import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { behaviourId, isAbsent, type Component, type Driver } from '../behaviours/behaviour.ts';

/** What a test declares in its `meta`. */
export interface Shown {
  readonly behaviour: string;
  /** By its effect, or by a clear refusal where it is absent. */
  readonly by: 'effect' | 'refusal';
}

const ShownSchema = Type.Object({ behaviour: Type.String(), by: Type.Union([Type.Literal('effect'), Type.Literal('refusal')]) });

/** The report of vitest's JSON reporter, as far as it is needed. */
export const vitestReport = Compile(
  Type.Object({
    testResults: Type.Array(
      Type.Object({
        name: Type.String(),
        status: Type.String(),
        message: Type.String(),
        assertionResults: Type.Array(
          Type.Object({
            fullName: Type.String(),
            status: Type.String(),
            meta: Type.Object({ conformance: Type.Optional(ShownSchema) }),
          }),
        ),
      }),
    ),
  }),
);
export type VitestReport = ReturnType<typeof vitestReport.Parse>;

export type Outcome = 'pass' | 'fail' | 'absent';

export interface DriverResults {
  readonly driver: Driver;
  /** By the behaviour's whole name. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** What is wrong beside failed tests, each in a sentence. */
  readonly problems: readonly string[];
}

/**
 * Holds a run's tests against the behaviours of the components that it was to cover. A behaviour fails with any of its tests, and when no test
 * shows it; a test that names no behaviour of theirs, or did not run, is a problem.
 */
export function judge(report: VitestReport, components: readonly Component[], driver: Driver): DriverResults {
  const problems: string[] = [];
  const known = new Map(
    components.flatMap((component) =>
      Object.entries(component.behaviours).map(([id, behaviour]) => [behaviourId(component, id), behaviour] as const),
    ),
  );
  const passed = new Set<string>();
  const failed = new Set<string>();
  for (const file of report.testResults) {
    if (file.assertionResults.length === 0) problems.push(`${file.name} ran no test${file.message === '' ? '' : `: ${file.message}`}`);
    else if (file.status !== 'passed' && !file.assertionResults.some(({ status }) => status === 'failed'))
      problems.push(`${file.name} failed outside its tests: ${file.message}`);
    for (const { fullName, status, meta } of file.assertionResults) {
      const shown = meta.conformance;
      const behaviour = shown === undefined ? undefined : known.get(shown.behaviour);
      if (shown === undefined || behaviour === undefined) {
        problems.push(`the test "${fullName}" names no behaviour of the table`);
        continue;
      }
      if ((shown.by === 'refusal') !== isAbsent(behaviour.fidelity[driver])) {
        problems.push(`the test "${fullName}" shows ${shown.behaviour} by its ${shown.by}, but the table says otherwise for ${driver}`);
      }
      (status === 'passed' ? passed : failed).add(shown.behaviour);
      if (status !== 'passed' && status !== 'failed') problems.push(`the test "${fullName}" did not run (${status})`);
    }
  }
  const outcomes = new Map<string, Outcome>();
  for (const [name, { fidelity }] of known) {
    const own = fidelity[driver];
    const excused = isAbsent(own) && own.notShown !== undefined;
    if (!passed.has(name) && !failed.has(name) && !excused) {
      problems.push(`no test shows ${name} on ${driver}${isAbsent(own) ? ', which must be seen to be refused' : ''}`);
      failed.add(name);
    }
    outcomes.set(name, failed.has(name) ? 'fail' : isAbsent(own) ? 'absent' : 'pass');
  }
  return { driver, outcomes, problems };
}

/** Whether nothing failed. */
export const isClean = ({ outcomes, problems }: DriverResults): boolean =>
  problems.length === 0 && [...outcomes.values()].every((outcome) => outcome !== 'fail');
