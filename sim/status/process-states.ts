import { UsageFailure } from '../cli/failure.ts';
import type { TwinState } from '../supervisor/state.ts';
import { dockerProcesses, embeddedProcesses } from '../topology/processes.ts';
import { regions, services } from '../topology/regions.ts';

/** The process that announces a component or service, in this twin's mode. */
export function findProcess(state: TwinState, name: string): string | undefined {
  const specs = state.mode === 'docker' ? dockerProcesses : embeddedProcesses;
  const recorded = state.processes.find((process) => process.name === name)?.name;
  if (recorded !== undefined) return recorded;
  return specs.find((spec) => spec.name === name || spec.announces.includes(name))?.name;
}

/** The processes that a user means by a name: those of both regions where it is a service's alone, such as `catalog`; none for an unknown one. */
export function findProcesses(state: TwinState, name: string): string[] {
  const found = findProcess(state, name);
  if (found !== undefined) return [found];
  if (!services.some((service) => service === name)) return [];
  return regions.flatMap((region) => findProcess(state, `${region}:${name}`) ?? []);
}

/** As `findProcesses`; throws with the names there are. */
export function processesOf(state: TwinState, name: string): string[] {
  const found = findProcesses(state, name);
  if (found.length > 0) return found;
  const names = [...services, ...state.processes.map((process) => process.name), ...Object.keys(state.addresses)];
  throw new UsageFailure(`nothing is called ${name}`, `There are ${[...new Set(names)].toSorted().join(', ')}.`);
}

/** The process that a component or service is in, where that is not running. */
export function downProcess(state: TwinState, name: string): string | undefined {
  return stateOf(state, name) === 'running' ? undefined : (findProcess(state, name) ?? name);
}

/** The state of a component or service is that of the process it is in. */
export function stateOf(state: TwinState, name: string): string {
  const process = findProcess(state, name);
  const found = state.processes.find((candidate) => candidate.name === process);
  return found?.state ?? 'not started';
}
