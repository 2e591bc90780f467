import { isFrozen } from '../../supervisor/process-identity.ts';
import type { TwinState } from '../../supervisor/state.ts';
import { collectProcesses } from '../../status/collect.ts';
import type { CliConfig } from '../config.ts';
import { fetchState, findSupervisor, survivors } from '../control-client.ts';
import type { Finding } from './doctor.ts';

/** What is wrong with the twin that is up, each with the command that mends it. A fault that is in force is no fault of the twin's. */
export async function checkTwin(config: CliConfig): Promise<Finding[]> {
  const what = 'twin';
  const supervisor = findSupervisor(config.paths);
  if (supervisor === undefined) {
    const left = survivors(config.paths);
    if (left === 0) return [{ what, state: 'down', detail: 'not up', mend: 'npm run sim:up' }];
    return [{ what, state: 'wrong', detail: `${left} processes live on without their supervisor`, mend: 'npm run sim:down' }];
  }
  if (isFrozen(supervisor)) {
    return [{ what, state: 'wrong', detail: `its supervisor stands still (SIGSTOP)`, mend: `kill -CONT ${supervisor.pid}` }];
  }
  const state = await fetchState(supervisor);
  const found = [...deadProcesses(state), ...frozenProcesses(state), ...endedComponents(state), ...failedReload(state)];
  const faults = state.faults.length === 0 ? '' : `, ${state.faults.length} faults in force (npm run sim -- fault list)`;
  return found.length > 0 ? found : [{ what, state: 'fine', detail: `${state.mode}, ${state.phase}${faults}` }];
}

const byFault = (state: TwinState, name: string): boolean => state.faults.some(({ kind, target }) => kind === 'process' && target === name);

function deadProcesses(state: TwinState): Finding[] {
  const dead = Object.entries(collectProcesses(state)).filter(([name, process]) => process.logTail !== undefined && !byFault(state, name));
  return dead.map(([name, process]) => ({
    what: name,
    state: 'wrong',
    detail: `ended ${process.signal === null ? `with code ${process.exitCode}` : `by ${process.signal}`}; see ${process.logFile}`,
    mend: `npm run sim -- restart ${name}`,
  }));
}

/** Stopped by somebody, and not by a fault that is listed. */
function frozenProcesses(state: TwinState): Finding[] {
  const frozen = state.processes.filter((process) => process.state === 'running' && isFrozen(process) && !byFault(state, process.name));
  return frozen.map(({ name, pid }) => ({ what: name, state: 'wrong', detail: 'stands still (SIGSTOP)', mend: `kill -CONT ${pid}` }));
}

function endedComponents(state: TwinState): Finding[] {
  return Object.entries(state.ended).map(([name, detail]) => ({
    what: name,
    state: 'wrong',
    detail,
    mend: 'npm run sim -- restart docker',
  }));
}

function failedReload({ reload }: TwinState): Finding[] {
  if (reload?.state !== 'failed') return [];
  const [first = ''] = reload.error?.split('\n') ?? [];
  return [
    {
      what: 'last change',
      state: 'wrong',
      detail: `${reload.files.join(', ')} is not served: ${first}`,
      mend: 'npm run sim:status   shows why',
    },
  ];
}
