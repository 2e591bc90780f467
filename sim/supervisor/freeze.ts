import { setTimeout as sleep } from 'node:timers/promises';
import { processesIn } from '../topology/processes.ts';
import { isAlive, isFrozen, signalTree } from './process-identity.ts';
import type { Registry } from './registry.ts';

/** Lets everything that serves stand still for a moment. */
export interface Freezer {
  /** Freezes the processes that run services, and answers when they stand still; those that a fault has frozen are left to it. Answers how they go on. */
  freeze(): Promise<() => void>;
  /** Says whether a process is held now; it then goes on with the others, whoever has asked for it. */
  defers(name: string): boolean;
}

const settleMs = 5_000;

export function createFreezer(registry: Registry): Freezer {
  let held: Set<string> | undefined;
  const running = (name: string) => registry.state.processes.find((process) => process.name === name && process.state === 'running');

  return {
    async freeze() {
      const serving = processesIn(registry.state).filter((spec) => spec.serves !== undefined);
      const chosen = serving.flatMap(({ name }) => running(name) ?? []).filter((process) => isAlive(process) && !isFrozen(process));
      const thawing = new Set(chosen.map(({ name }) => name));
      const thaw = (): void => {
        held = undefined;
        for (const name of thawing) {
          const process = running(name);
          if (process !== undefined && isAlive(process)) signalTree(process.pid, 'SIGCONT');
        }
      };
      held = thawing;
      try {
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
        thaw();
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
