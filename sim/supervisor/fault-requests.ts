import type { Fault } from '../faults/fault.ts';
import type { FaultContext } from '../faults/kind.ts';
import { faultKindOf, faultKinds } from '../faults/kinds.ts';
import { linkKinds } from '../faults/link.ts';
import { createLinkSwitch } from '../faults/link-switch.ts';
import type { AddFaults, HealFaults } from './control.ts';
import type { FaultRequest, Faults } from './faults.ts';
import type { Freezer } from './freeze.ts';
import { faultContainer } from './fault-container.ts';
import { isAlive, signalTree } from './process-identity.ts';
import { detourLink } from './proxies.ts';
import type { Registry } from './registry.ts';
import type { TwinPaths } from './state.ts';
import type { Twin } from './twin.ts';

export interface FaultRequestsDeps {
  readonly paths: TwinPaths;
  readonly registry: Registry;
  readonly twin: Twin;
  readonly faults: Faults;
  readonly freezer: Freezer;
}

/** What can be asked of faults from outside. */
export interface FaultRequests {
  /** How a fault that is asked for is applied. Throws RangeError for a kind or a target of which there is none, or that is not the twin's to break. */
  read(request: AddFaults): FaultRequest;
  /** Applies a fault to each target. Throws RangeError for a kind or a target of which there is none, or that is not the twin's to break. */
  add(request: AddFaults): Promise<readonly Fault[]>;
  /** Heals all faults, or those of the ids and targets that are named. Throws AggregateError of what could not be healed. */
  heal(request: HealFaults): Promise<readonly Fault[]>;
}

export function createFaultRequests({ paths, registry, twin, faults, freezer }: FaultRequestsDeps): FaultRequests {
  const address = (name: string): string => {
    const url = registry.address(name);
    if (url === undefined) throw new RangeError(`${name} has not been started`);
    return url;
  };
  const context: FaultContext = {
    paths,
    state: () => registry.state,
    address,
    signal(name, signal) {
      const found = registry.state.processes.find((process) => process.name === name && process.state === 'running');
      if (found === undefined || !isAlive(found)) throw new RangeError(`${name} does not run`);
      if (signal === 'SIGCONT' && freezer.defers(name)) return;
      signalTree(found.pid, signal);
    },
    container: (name) => faultContainer(name, { paths, registry, twin }),
    restart: (name) => twin.restart(name),
    setClock: (name, skewMs) => twin.setClock(name, skewMs),
    detour: (link, hostPort) => detourLink(registry, link, hostPort),
    linkSwitch: createLinkSwitch(() => address('toxiproxy')),
  };

  function read({ kind, targets, forMs, params }: AddFaults): FaultRequest {
    const reads = faultKindOf(kind);
    if (reads === undefined) throw new RangeError(`there is no fault called ${kind}; there are ${Object.keys(faultKinds).join(', ')}`);
    // A link to what is attached is the twin's; what is inside it is not.
    const attached = !(kind in linkKinds) ? targets.find((target) => registry.state.attached[target] !== undefined) : undefined;
    if (attached !== undefined)
      throw new RangeError(`${attached} is attached, so what is inside it is not the twin's to break: break its link instead`);
    return { kind, targets, forMs, apply: reads(params, context) };
  }

  return {
    read,
    add: async (request) => faults.add(read(request)),
    async heal({ ids, targets }) {
      if (ids === undefined && targets === undefined) return faults.heal(() => true);
      return faults.heal((fault) => ids?.includes(fault.id) === true || targets?.includes(fault.target) === true);
    },
  };
}
