import { CommandFailure } from '../cli/failure.ts';
import type { TwinState } from '../supervisor/state.ts';
import { dockerProcesses, embeddedProcesses } from '../topology/processes.ts';

/** The process that announces a component or service, in this twin's mode. */
export function findProcess(state: TwinState, name: string): string | undefined {
  const specs = state.mode === 'docker' ? dockerProcesses : embeddedProcesses;
  const recorded = state.processes.find((process) => process.name === name)?.name;
  if (recorded !== undefined) return recorded;
  return specs.find((spec) => spec.name === name || spec.announces.includes(name))?.name;
}

/** As `findProcess`, for what a user typed: `catalog` alone will not do, for each region has one. */
export function processOf(state: TwinState, name: string): string {
  const found = findProcess(state, name);
  if (found !== undefined) return found;
  const names = [...state.processes.map((process) => process.name), ...Object.keys(state.addresses)];
  throw new CommandFailure(`nothing is called ${name}`, `There are ${[...new Set(names)].toSorted().join(', ')}.`);
}

/** The state of a component or service is that of the process it is in. */
export function stateOf(state: TwinState, name: string): string {
  const process = findProcess(state, name);
  const found = state.processes.find((candidate) => candidate.name === process);
  return found?.state ?? 'not started';
}
