import pc from 'picocolors';
import { cutLinks, healLinks, slowLinks } from '../../faults/faults.ts';
import type { ToxicView } from '../../faults/proxy-view.ts';
import { showDuration } from '../../faults/quantities.ts';
import { collectLinks, type TwinStatus } from '../../status/collect.ts';
import { links, selectLinks } from '../../topology/links.ts';
import type { CliConfig } from '../config.ts';
import { addressIn, askSupervisor, requireTwin, type RunningTwin } from '../control-client.ts';
import { UsageFailure } from '../failure.ts';
import { layOut, paintState, print, printJson } from '../screen.ts';

interface FaultOptions {
  readonly direction?: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly json?: true;
}

export async function listFaults(config: CliConfig, options: { readonly json?: true }): Promise<void> {
  const { state } = await requireTwin(config.paths);
  const found = await collectLinks(state);
  if (options.json === true) printJson(found);
  else print(showLinks(found));
}

export async function cut(config: CliConfig, name: string, options: FaultOptions & { readonly blackhole?: true }): Promise<void> {
  const kind = options.blackhole === true ? 'blackhole' : 'refuse';
  await apply(config, name, options, (url, names) => cutLinks(url, names, kind));
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
  await apply(config, name, options, (url, names) => slowLinks(url, names, slowness));
}

export async function heal(config: CliConfig, name: string | undefined, options: { readonly json?: true }): Promise<void> {
  const names = name === undefined ? links.map((link) => link.name) : namesOf(name);
  const twin = await requireTwin(config.paths);
  await askSupervisor(twin.supervisor, 'POST', '/heal', { links: names, afterMs: null });
  const before = await collectLinks(twin.state);
  await healLinks(addressIn(twin.state, 'toxiproxy'), names);
  if (options.json === true) return report(twin, names, options);
  const healed = names.filter((link) => before[link]?.state !== 'open');
  if (healed.length === 0) print('No link had a fault.');
  else await report(twin, healed, options);
}

async function apply(
  config: CliConfig,
  name: string,
  options: FaultOptions,
  work: (toxiproxyUrl: string, links: readonly string[]) => Promise<void>,
): Promise<void> {
  const names = namesOf(name, options.direction);
  const twin = await requireTwin(config.paths);
  await askSupervisor(twin.supervisor, 'POST', '/heal', { links: names, afterMs: options.for ?? null });
  await work(addressIn(twin.state, 'toxiproxy'), names);

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
