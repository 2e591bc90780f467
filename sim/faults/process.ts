import { Type } from 'typebox';
import { createIdleGate } from './idle-gate.ts';
import { faultKind } from './kind.ts';
import { links } from '../topology/links.ts';
import { processesIn } from '../topology/processes.ts';
import type { AppliedFault } from './fault.ts';
import type { FaultContainer, FaultContext } from './kind.ts';

/** `kill`: SIGKILL, as an out-of-memory killer does. `stop`: frozen where it stands, as a paused machine. `idle`: frozen between requests, as App Runner does. */
export const processFault = faultKind(Type.Object({ action: Type.Enum(['kill', 'stop', 'idle']) }), async (target, { action }, context) => {
  const container = context.container(target);
  if (container !== undefined) return breakContainer(target, action, container);
  if (action === 'idle') return idle(target, context);
  if (action === 'stop') {
    context.signal(target, 'SIGSTOP');
    return fault(target, 'stopped (SIGSTOP)', () => resume(target, context));
  }
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
    return fault(target, 'stopped (container paused)', () => container.resume());
  }
  await container.kill();
  return fault(target, 'killed (container, SIGKILL)', () => container.revive());
}

function fault(target: string, summary: string, heal: () => Promise<void>): AppliedFault {
  return { kind: 'process', target, summary, heal };
}

/** Lets a process go on. One that has ended meanwhile needs nothing. */
async function resume(target: string, context: FaultContext): Promise<void> {
  const found = context.state().processes.find((process) => process.name === target);
  if (found?.state === 'running') context.signal(target, 'SIGCONT');
}

/**
 * Requests come over links, so a gate stands where they lead: it wakes the process for each request and freezes it when none is left. What it does by
 * itself meanwhile - polls, sweeps, timers - stands still, as on App Runner, which gives a service the processor only while it handles a request
 * (https://docs.aws.amazon.com/apprunner/latest/dg/develop.html).
 */
async function idle(target: string, context: FaultContext): Promise<AppliedFault> {
  const spec = processesIn(context.state()).find((process) => process.name === target);
  if (spec?.serves === undefined)
    throw new RangeError(`${target} runs no services: only what is reached by requests can be idle between them`);
  const led = links.filter((link) => spec.announces.includes(link.upstream));
  const gate = createIdleGate({
    freeze: () => context.signal(target, 'SIGSTOP'),
    wake: () => context.signal(target, 'SIGCONT'),
  });
  const entrances = [...new Set(led.map((link) => link.upstream))];
  const opened = await Promise.all(
    entrances.map(async (upstream) => [upstream, await gate.open(() => context.address(upstream))] as const),
  );
  const hostPorts = new Map(opened);
  await Promise.all(led.map((link) => context.detour(link.name, hostPorts.get(link.upstream) ?? null)));
  gate.settle();
  return fault(target, 'idle: frozen between requests', async () => {
    await Promise.all(led.map((link) => context.detour(link.name, null)));
    gate.close();
    await resume(target, context);
  });
}
