import { endProcess } from './process-identity.ts';
import type { ProcessState } from './state.ts';

/** Containers take their time; everything else is to be quick. */
const graceOf = (name: string): number => (name === 'docker' ? 60_000 : 8_000);

/**
 * Ends processes in their order: fronts, services, clouds, Toxiproxy, Postgres; those of one stage together. Works
 * from what is written down, so also after the supervisor has been killed. Goes on when one cannot be ended, and
 * throws at the end.
 */
export async function stopProcesses(
  processes: readonly ProcessState[],
  marker: string,
  onStopped: (name: string) => void = () => undefined,
): Promise<void> {
  const failures: unknown[] = [];
  const stages = [...new Set(processes.map((process) => process.stopStage))].toSorted((a, b) => a - b);
  for (const stage of stages) {
    const members = processes.filter((process) => process.stopStage === stage && process.pid > 0);
    const outcomes = await Promise.allSettled(
      members.map(async ({ name, pid, startTime, stopSignal }) => {
        await endProcess({ pid, startTime }, { signal: signalOf(stopSignal), graceMs: graceOf(name), marker });
        onStopped(name);
      }),
    );
    failures.push(...outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some processes could not be ended');
}

/** Ends processes at once and all together: nobody gets to say goodbye. PostgreSQL drops everything too, but takes its backends with it (SIGQUIT). */
export async function killProcesses(processes: readonly ProcessState[], marker: string): Promise<void> {
  const chosen = processes.filter((process) => process.pid > 0);
  await Promise.all(
    chosen.map(({ name, pid, startTime }) => {
      const signal = name.endsWith('-postgres') ? 'SIGQUIT' : 'SIGKILL';
      return endProcess({ pid, startTime }, { signal, graceMs: graceOf(name), marker });
    }),
  );
}

function signalOf(name: string): NodeJS.Signals {
  return name === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
}
