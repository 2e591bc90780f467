import { UsageFailure } from '../cli/failure.ts';
import type { Fault } from '../faults/fault.ts';
import { isFrozen } from '../supervisor/process-identity.ts';
import type { TwinState } from '../supervisor/state.ts';
import { containersMeant } from '../topology/containers.ts';
import { nearest } from '../topology/nearest.ts';
import { processesIn } from '../topology/processes.ts';
import { regions, serviceListeners, services } from '../topology/regions.ts';
import { attachedUrl } from './versions.ts';

/** Whether a fault of a process keeps it still; a killed one is gone. */
export function isStopped({ summary }: Fault): boolean {
  return !summary.startsWith('killed');
}

/** The process that announces a component or service, in this twin's layout. */
export function findProcess(state: TwinState, name: string): string | undefined {
  const recorded = state.processes.find((process) => process.name === name)?.name;
  if (recorded !== undefined) return recorded;
  return processesIn(state).find((spec) => spec.name === name || spec.announces.includes(name))?.name;
}

/**
 * The processes that a user means by a name: all of a group (`world-services`), those of both regions where it is a service's alone (`catalog`;
 * `sync` with ingest and worker); none for an unknown one.
 */
export function findProcesses(state: TwinState, name: string): string[] {
  const group = processesIn(state).filter((spec) => spec.group === name);
  if (group.length > 0) return group.map((spec) => spec.name);
  const [service = name, of] = name.split(':').toReversed();
  const listened = serviceListeners[service];
  if (listened === undefined) return [findProcess(state, name) ?? []].flat();
  const found = regions
    .filter((region) => of === undefined || region === of)
    .flatMap((region) => listened.map((listener) => findProcess(state, `${region}:${listener}`) ?? []));
  return [...new Set(found.flat())];
}

/** As `findProcesses`; throws with the names there are. */
export function processesOf(state: TwinState, name: string): string[] {
  const found = findProcesses(state, name);
  if (found.length > 0) return found;
  if (name in state.addresses) {
    throw new UsageFailure(
      `${name} is attached, so no process of the twin's is behind it`,
      `npm run sim -- fault cut ${name}   breaks the link to it instead`,
    );
  }
  const names = [...services, ...state.processes.map((process) => process.name)];
  const meant = nearest(name, names);
  const question = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw new UsageFailure(`nothing is called ${name}${question}`, `There are ${[...new Set(names)].toSorted().join(', ')}.`);
}

/** What of the twin a fault of processes breaks under a name: a container where it runs in one, else processes. Throws as `processesOf`. */
export function breakablesOf(state: TwinState, name: string): string[] {
  const inContainers = containersMeant(state, name);
  return inContainers.length > 0 ? inContainers.map((container) => container.name) : processesOf(state, name);
}

/** Why a component or service does not answer, where the process that it is in does not run: `china-services is down`. */
export function downReason(state: TwinState, name: string): string | undefined {
  const found = stateOf(state, name);
  if (found === 'running') return undefined;
  return `${findProcess(state, name) ?? name} is ${found === 'frozen' ? 'frozen' : 'down'}`;
}

/** The state of a component or service is that of the process it is in. */
export function stateOf(state: TwinState, name: string): string {
  if (state.ended[name] !== undefined) return 'exited';
  if (attachedUrl(state, name) !== undefined) return 'attached';
  const stopped = new Set(state.faults.flatMap((fault) => (fault.kind === 'process' && isStopped(fault) ? [fault.target] : [])));
  if (containersMeant(state, name).some((container) => stopped.has(container.name))) return 'frozen';
  const process = findProcess(state, name);
  const found = state.processes.find((candidate) => candidate.name === process);
  if (found === undefined) return 'not started';
  return found.state === 'running' && isFrozen(found) ? 'frozen' : found.state;
}
