import { Type } from 'typebox';
import { Value } from 'typebox/value';
import pc from 'picocolors';
import { Fault } from '../faults/fault.ts';
import { showDuration } from '../faults/quantities.ts';
import type { TwinState } from '../supervisor/state.ts';
import type { CliConfig } from './config.ts';
import { askSupervisor, requireTwin } from './control-client.ts';
import { layOut, print, printJson } from './screen.ts';

/** What every command that breaks something takes. */
export interface FaultOptions {
  /** Milliseconds. */
  readonly for?: number;
  readonly json?: true;
}

const Faults = Type.Array(Fault);

/** What is to be broken, and how. */
export interface FaultWish {
  readonly kind: string;
  readonly targets: readonly string[];
  readonly params: object;
}

/** Has the supervisor break what the state of the twin lets one mean, and shows what is in force then. */
export async function breakAndReport(config: CliConfig, wish: (state: TwinState) => FaultWish, options: FaultOptions): Promise<void> {
  const { supervisor, state } = await requireTwin(config.paths);
  const answer = await askSupervisor(supervisor, 'POST', '/faults', { ...wish(state), forMs: options.for ?? null });
  reportFaults(answer, options);
}

/** Shows what the supervisor answered to a request about faults: those that are in force now, or are no more. */
export function reportFaults(answer: unknown, options: { readonly json?: true; readonly healed?: boolean }): void {
  const faults = Value.Parse(Faults, answer);
  if (options.json === true) return printJson(faults);
  print(showFaults(faults, options.healed === true ? 'healed' : undefined));
}

/** Faults in columns: what, how, and until when. */
export function showFaults(faults: readonly Fault[], mark?: string): string {
  return layOut(faults.map((fault) => [pc.dim(fault.id), fault.kind, fault.target, fault.summary, pc.dim(mark ?? showLeft(fault))]));
}

function showLeft({ until }: Fault): string {
  if (until === null) return 'until healed';
  const leftMs = Date.parse(until) - Date.now();
  // It was tried: the supervisor's log says why it is still there.
  return leftMs < -1000 ? 'overdue: could not be healed' : `heals in ${showDuration(Math.max(0, leftMs))}`;
}
