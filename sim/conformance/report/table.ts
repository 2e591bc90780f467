import { behaviourId, isAbsent, type Component } from '../behaviours/behaviour.ts';
import type { DriverResults } from './results.ts';

/** One row a behaviour, one column a driver; `~` marks what is approximated by design. */
export function resultRows(components: readonly Component[], results: readonly DriverResults[]): string[][] {
  const head = ['component', 'behaviour', ...results.map(({ driver }) => driver)];
  const rows = components.flatMap((component) =>
    Object.entries(component.behaviours).map(([id, { fidelity }]) => [
      component.name,
      id,
      ...results.map(({ driver, outcomes }) => {
        const outcome = outcomes.get(behaviourId(component, id)) ?? 'fail';
        const own = fidelity[driver];
        return outcome === 'pass' && own !== 'exact' && !isAbsent(own) ? 'pass ~' : outcome === 'fail' ? 'FAIL' : outcome;
      }),
    ]),
  );
  return [head, ...rows];
}
