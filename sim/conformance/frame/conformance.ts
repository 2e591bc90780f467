import { afterAll, beforeAll, inject, test, type TestContext } from 'vitest';

import { behaviourId, isAbsent, type Component, type Driver } from '../behaviours/behaviour.ts';
import type { Run, Running } from '../drivers/run.ts';
import type { Shown } from '../report/results.ts';

declare module 'vitest' {
  interface TaskMeta {
    conformance?: Shown;
  }
}

/** Images may have to be unpacked first, and LocalStack takes its time. */
const START_TIMEOUT_MS = 420_000;
const TEST_TIMEOUT_MS = 60_000;

type Work = (context: TestContext) => Promise<void>;
type Named = readonly [work: Work] | readonly [detail: string, work: Work];

export interface Conformance<Id extends string, Target> {
  readonly driver: Driver;
  /** For a test that starts another one beside it. */
  readonly run: Run;
  /** The component of this file, once it is started. */
  target(): Target;
  /** A test that sees the behaviour, on every driver that has it. Several may see the same, told apart by a detail. */
  shows(id: Id, ...named: Named): void;
  /** A test that sees the component refuse it with a clear error, on every driver on which it is absent. */
  refuses(id: Id, ...named: Named): void;
}

/** Starts the component for the tests of this file, on the driver of the run, and binds each test to the behaviour that it shows. */
export function conformance<Id extends string, Target extends Running>(
  component: Component<Id>,
  start: (run: Run) => Promise<Target>,
): Conformance<Id, Target> {
  const run = inject('conformance');
  let target: Target | undefined;
  beforeAll(async () => {
    target = await start(run);
  }, START_TIMEOUT_MS);
  afterAll(() => target?.stop(), START_TIMEOUT_MS);

  const define = (id: Id, by: Shown['by'], named: Named): void => {
    const { says, fidelity } = component.behaviours[id];
    if (isAbsent(fidelity[run.driver]) !== (by === 'refusal')) return;
    const [detail, work] = named.length === 1 ? [undefined, named[0]] : named;
    const name = behaviourId(component, id);
    const title = `${name}${by === 'refusal' ? ' (refused)' : ''}: ${says}${detail === undefined ? '' : ` [${detail}]`}`;
    test(title, { meta: { conformance: { behaviour: name, by } }, timeout: TEST_TIMEOUT_MS }, work);
  };

  return {
    driver: run.driver,
    run,
    target() {
      if (target === undefined) throw new Error(`${component.title} is started only once the tests run: call target() inside them`);
      return target;
    },
    shows: (id, ...named) => define(id, 'effect', named),
    refuses: (id, ...named) => define(id, 'refusal', named),
  };
}
