import { Type } from 'typebox';
import { createIdleGate } from './idle-gate.ts';
import { faultKind } from './kind.ts';
import { links } from '../topology/links.ts';
import { processesIn, type ProcessSpec } from '../topology/processes.ts';
import { selfDriven } from '../topology/regions.ts';
import type { AppliedFault } from './fault.ts';
import type { FaultContainer, FaultContext } from './kind.ts';

/** `kill`: SIGKILL, as an out-of-memory killer does. `stop`: frozen where it stands, as a paused machine. `idle`: frozen between requests, as App Runner does. */
export const processFault = faultKind(Type.Object({ action: Type.Enum(['kill', 'stop', 'idle']) }), async (target, { action }, context) => {
  const container = context.container(target);
  if (container !== undefined) return breakContainer(target, action, container);
  if (action === 'idle') return idle(target, context);
  if (action === 'stop') return stop(target, context);
  context.signal(target, 'SIGKILL');
  return fault(target, 'killed (SIGKILL)', async () => {
    const found = context.state().processes.find((process) => process.name === target);
    if (found?.state !== 'running') await context.restart(target);
  });
});

/** As a machine that dies or stands still: a signal from outside would reach a container's first process alone. */
async function breakContainer(target: string, action: 'kill' | 'stop' | 'idle', container: FaultContainer): Promise<AppliedFault> {
  if (action === 'idle')
    throw new RangeError(`${target} runs in a container, and only processes can be idle: start the twin without --image`);
  if (action === 'stop') {
    await container.pause();
    const stopped = fault(target, 'stopped (container paused)', () => container.resume());
    return { ...stopped, inherited: { named: () => container.pause() } };
  }
  await container.kill();
  return fault(target, 'killed (container, SIGKILL)', () => container.revive());
}

function fault(target: string, summary: string, heal: () => Promise<void>): AppliedFault {
  return { kind: 'process', target, summary, heal };
}

/** Frozen where it stands; and so is, before anything reaches it, whatever takes its place. */
function stop(target: string, context: FaultContext): AppliedFault {
  let toSuccessor: ((signal: NodeJS.Signals) => void) | undefined;
  context.signal(target, 'SIGSTOP');
  const stopped = fault(target, 'stopped (SIGSTOP)', async () => {
    // It may not have the name yet.
    toSuccessor?.('SIGCONT');
    await resume(target, context);
  });
  const ready = (signal: (signal: NodeJS.Signals) => void): void => {
    toSuccessor = signal;
    signal('SIGSTOP');
  };
  return { ...stopped, inherited: { ready } };
}

const runs = (target: string, context: FaultContext): boolean =>
  context.state().processes.some((process) => process.name === target && process.state === 'running');

/** Lets a process go on. One that has ended meanwhile needs nothing. */
async function resume(target: string, context: FaultContext): Promise<void> {
  if (runs(target, context)) context.signal(target, 'SIGCONT');
}

/** Whether nothing that runs in it waits for requests. */
export const worksByItself = ({ serves = [] }: Pick<ProcessSpec, 'serves'>): boolean =>
  serves.length > 0 && serves.every((program) => selfDriven.includes(program));

/**
 * Requests come over links, so a gate stands where they lead: it wakes the process for each request and freezes it when none is left. What it does by
 * itself meanwhile - polls, sweeps, timers - stands still, as on App Runner, which gives a service the processor only while it handles a request
 * (https://docs.aws.amazon.com/apprunner/latest/dg/develop.html).
 */
async function idle(target: string, context: FaultContext): Promise<AppliedFault> {
  const spec = processesIn(context.state()).find((process) => process.name === target);
  if (spec?.serves === undefined)
    throw new RangeError(`${target} runs no services: only what is reached by requests can be idle between them`);
  // No cloud gives such a one the processor by the request.
  if (worksByItself(spec))
    throw new RangeError(
      `${target} works by itself and waits for no request, so nothing would wake it: npm run sim -- fault stop ${target} freezes it`,
    );
  const led = links.filter((link) => spec.announces.includes(link.upstream));
  const gate = createIdleGate({
    // A request may have been under way when it ended.
    freeze: () => {
      if (runs(target, context)) context.signal(target, 'SIGSTOP');
    },
    wake: () => context.signal(target, 'SIGCONT'),
  });
  const entrances = [...new Set(led.map((link) => link.upstream))];
  const opened = await Promise.all(
    entrances.map(async (upstream) => [upstream, await gate.open(() => context.address(upstream))] as const),
  );
  const hostPorts = new Map(opened);
  await Promise.all(led.map((link) => context.detour(link.name, hostPorts.get(link.upstream) ?? null)));
  gate.settle();
  const idling = fault(target, 'idle: frozen between requests', async () => {
    await Promise.all(led.map((link) => context.detour(link.name, null)));
    gate.close();
    await resume(target, context);
  });
  // The gate leads to whatever has the name.
  return { ...idling, inherited: { named: () => gate.settle() } };
}
