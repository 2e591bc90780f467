import { showDuration } from '../../faults/quantities.ts';
import { processOf } from '../../status/process-states.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, requireTwin } from '../control-client.ts';
import { note, print, printJson } from '../screen.ts';

/** Starts again the process that has the name, or that a component or service of the name is in. */
export async function restart(config: CliConfig, name: string, options: { readonly json?: true }): Promise<void> {
  const { supervisor, state } = await requireTwin(config.paths);
  const process = processOf(state, name);
  if (process !== name && options.json !== true) note(`${name} is in the process ${process}; restarting it.`);
  const startedMs = performance.now();
  await askSupervisor(supervisor, 'POST', '/restart', { name: process });
  const tookMs = Math.round(performance.now() - startedMs);
  if (options.json === true) return printJson({ process, tookMs });
  print(`${process} is back after ${showDuration(tookMs)}.`);
}
