import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultContainer } from '../faults/kind.ts';
import { processesIn } from '../topology/processes.ts';
import { isAlive, isFrozen, signalTree } from './process-identity.ts';
import type { Registry } from './registry.ts';

/** Lets everything that serves stand still for a moment. */
export interface Freezer {
  /** Freezes the processes that run services, and answers when they stand still; those that a fault has frozen are left to it. Answers how they go on. */
  freeze(): Promise<() => Promise<void>>;
  /** Says whether a process is held now; it then goes on with the others, whoever has asked for it. */
  defers(name: string): boolean;
}

const settleMs = 5_000;

export function createFreezer(registry: Registry, containerOf: (name: string) => FaultContainer | undefined): Freezer {
  let held: Set<string> | undefined;
  const running = (name: string) => registry.state.processes.find((process) => process.name === name && process.state === 'running');

  const hasStopped = (name: string): boolean => registry.state.faults.some((fault) => fault.kind === 'process' && fault.target === name);

  return {
    async freeze() {
      const serving = processesIn(registry.state).filter((spec) => spec.serves !== undefined);
      const alive = serving.flatMap(({ name }) => running(name) ?? []).filter((process) => isAlive(process) && !isFrozen(process));
      // Of what runs from the image the process here is the launcher alone.
      const inContainers = registry.state.image
        ? alive.flatMap(({ name }) => (hasStopped(name) ? [] : [containerOf(name)])).filter((container) => container !== undefined)
        : [];
      const chosen = registry.state.image ? [] : alive;
      const thawing = new Set(chosen.map(({ name }) => name));
      const thaw = async (): Promise<void> => {
        held = undefined;
        await Promise.all(inContainers.map((container) => container.resume()));
        for (const name of thawing) {
          const process = running(name);
          if (process !== undefined && isAlive(process)) signalTree(process.pid, 'SIGCONT');
        }
      };
      held = thawing;
      try {
        await Promise.all(inContainers.map((container) => container.pause()));
        for (const { pid } of chosen) signalTree(pid, 'SIGSTOP');
        // A signal is delivered when the process is next run; elsewhere than on Linux nobody can be asked.
        if (process.platform === 'linux') {
          const end = Date.now() + settleMs;
          while (chosen.some((one) => isAlive(one) && !isFrozen(one))) {
            if (Date.now() > end) throw new Error('the services do not stand still');
            await sleep(2);
          }
        }
      } catch (error) {
        await thaw();
        throw error;
      }
      return thaw;
    },
    defers(name) {
      held?.add(name);
      return held !== undefined;
    },
  };
}
