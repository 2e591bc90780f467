import pc from 'picocolors';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { Fault } from '../../faults/fault.ts';
import { healLinks } from '../../faults/faults.ts';
import type { ToxicView } from '../../faults/proxy-view.ts';
import { showDuration } from '../../faults/quantities.ts';
import { collectLinks, type TwinStatus } from '../../status/collect.ts';
import { findProcesses } from '../../status/process-states.ts';
import type { TwinState } from '../../supervisor/state.ts';
import type { FaultOptions as CommonOptions } from '../faults.ts';
import { showFaults } from '../faults.ts';
import { links, selectLinks } from '../../topology/links.ts';
import type { CliConfig } from '../config.ts';
import { addressIn, askSupervisor, requireTwin, type RunningTwin } from '../control-client.ts';
import { UsageFailure } from '../failure.ts';
import { layOut, paintState, print, printJson } from '../screen.ts';

interface FaultOptions extends CommonOptions {
  readonly direction?: string;
}

export async function listFaults(config: CliConfig, options: { readonly json?: true }): Promise<void> {
  const { state } = await requireTwin(config.paths);
  const found = await collectLinks(state);
  if (options.json === true) return printJson({ faults: state.faults, links: found });
  print(showLinks(found));
  print(state.faults.length === 0 ? '\nNo fault is in force.' : `\n${pc.bold('In force')}\n${showFaults(state.faults)}`);
}

export async function cut(config: CliConfig, name: string, options: FaultOptions & { readonly blackhole?: true }): Promise<void> {
  await apply(config, name, options, 'cut', { how: options.blackhole === true ? 'blackhole' : 'refuse' });
}

export async function slow(
  config: CliConfig,
  name: string,
  options: FaultOptions & { readonly rtt?: number; readonly jitter?: number; readonly rate?: number },
): Promise<void> {
  const { rtt, jitter, rate } = options;
  if (rtt === undefined && jitter === undefined && rate === undefined) {
    throw new UsageFailure('nothing to slow by', `npm run sim -- fault slow ${name} --rtt 200ms`);
  }
  const slowness = {
    ...(rtt === undefined ? {} : { rttMs: rtt }),
    ...(jitter === undefined ? {} : { jitterMs: jitter }),
    ...(rate === undefined ? {} : { rateBitsPerSecond: rate }),
  };
  await apply(config, name, options, 'slow', slowness);
}

/** Takes faults away. Of links also what others put on them over Toxiproxy's own API. */
export async function heal(config: CliConfig, name: string | undefined, options: { readonly json?: true }): Promise<void> {
  const twin = await requireTwin(config.paths);
  const { state } = twin;
  const names = name === undefined ? links.map((link) => link.name) : healable(state, name);
  const toxiproxyUrl = addressIn(state, 'toxiproxy');
  const before = await collectLinks(state);
  const healed = Value.Parse(
    Type.Array(Fault),
    await askSupervisor(twin.supervisor, 'POST', '/faults/heal', name === undefined ? {} : { targets: names, ids: names }),
  );
  const foreign = links.map((link) => link.name).filter((link) => names.includes(link) && before[link]?.state !== 'open');
  if (foreign.length > 0) await healLinks(toxiproxyUrl, foreign);
  const left = foreign.filter((link) => !healed.some((fault) => fault.target === link));
  if (options.json === true) return printJson({ healed, links: left });
  if (healed.length === 0 && left.length === 0) print(name === undefined ? 'Nothing had a fault.' : `${name} had no fault.`);
  else print(layOut([...healed.map(({ target, summary }) => [target, `${summary}: healed`]), ...left.map((link) => [link, 'healed'])]));
}

/** The targets and ids that a name means: a fault's id, links, or processes. */
function healable(state: TwinState, name: string): string[] {
  if (state.faults.some(({ id, target }) => id === name || target === name)) return [name, ...findProcesses(state, name)];
  const processes = findProcesses(state, name);
  return processes.length > 0 && !links.some((link) => link.name === name || link.region === name)
    ? processes
    : [...namesOf(name), ...processes];
}

async function apply(config: CliConfig, name: string, options: FaultOptions, kind: string, params: unknown): Promise<void> {
  const names = namesOf(name, options.direction);
  const twin = await requireTwin(config.paths);
  await askSupervisor(twin.supervisor, 'POST', '/faults', { kind, targets: names, forMs: options.for ?? null, params });
  await report(twin, names, options);
  if (options.for !== undefined && options.json !== true) print(`Healed again in ${showDuration(options.for)}.`);
}

function namesOf(name: string, direction?: string): string[] {
  try {
    return selectLinks(name, direction).map((link) => link.name);
  } catch (error) {
    throw new UsageFailure(error instanceof Error ? error.message : String(error), 'npm run sim -- fault list');
  }
}

async function report(twin: RunningTwin, names: readonly string[], options: { readonly json?: true }): Promise<void> {
  const found = Object.entries(await collectLinks(twin.state)).filter(([name]) => names.includes(name));
  if (options.json === true) printJson(Object.fromEntries(found));
  else print(showLinks(Object.fromEntries(found)));
}

/** The links in columns: where each listens, where it leads, its state and its toxics. */
export function showLinks(found: TwinStatus['links']): string {
  const rows = Object.entries(found).map(([name, link]) => [
    name,
    pc.dim(`${link.proxy} -> ${link.upstream ?? '?'}`),
    paintState(link.state),
    link.toxics.map(showToxic).join(', '),
  ]);
  return layOut(rows);
}

function showToxic(toxic: ToxicView): string {
  return `${toxic.stream} ${toxic.type} ${JSON.stringify(toxic.attributes)}`;
}
