import { breakablesOf, isStopped, processesOf } from '../../status/process-states.ts';
import { worksByItself } from '../../faults/process.ts';
import type { TwinState } from '../../supervisor/state.ts';
import { processesIn } from '../../topology/processes.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, requireTwin } from '../control-client.ts';
import { CommandFailure } from '../failure.ts';
import { breakAndReport, reportFaults, type FaultOptions } from '../faults.ts';

/** Kills, freezes or idles the processes that a name means. */
export async function breakProcess(
  config: CliConfig,
  action: 'kill' | 'stop' | 'idle',
  name: string,
  options: FaultOptions,
): Promise<void> {
  const targetsIn = (state: TwinState): string[] => {
    const named = breakablesOf(state, name);
    return action === 'idle' ? idleAmong(state, named) : named;
  };
  await breakAndReport(config, (state) => ({ kind: 'process', targets: targetsIn(state), params: { action } }), options);
}

/** Of several those that wait for requests: with its services a region's worker is named too, which no request would wake. */
function idleAmong(state: TwinState, names: string[]): string[] {
  const selfDriven = new Set(
    processesIn(state)
      .filter(worksByItself)
      .map((spec) => spec.name),
  );
  const left = names.filter((one) => !selfDriven.has(one));
  return left.length > 0 ? left : names;
}

/** Sets the clocks of the processes that a name means. */
export async function skewClock(config: CliConfig, name: string, options: FaultOptions & { readonly skew: number }): Promise<void> {
  await breakAndReport(
    config,
    (state) => ({ kind: 'clock', targets: processesOf(state, name), params: { skewMs: options.skew } }),
    options,
  );
}

/** Ends what stands still by a fault. Throws CommandFailure where nothing does. */
export async function letContinue(config: CliConfig, name: string, options: { readonly json?: true }): Promise<void> {
  const { supervisor, state } = await requireTwin(config.paths);
  const names = breakablesOf(state, name);
  const still = state.faults.filter((fault) => fault.kind === 'process' && names.includes(fault.target) && isStopped(fault));
  if (still.length === 0)
    throw new CommandFailure(
      `no fault keeps ${name} still`,
      `npm run sim -- fault list\nnpm run sim -- restart ${name}   starts what was killed`,
    );
  reportFaults(await askSupervisor(supervisor, 'POST', '/faults/heal', { ids: still.map((fault) => fault.id) }), {
    ...options,
    healed: true,
  });
}
