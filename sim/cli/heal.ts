import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { Fault } from '../faults/fault.ts';
import { isBroken } from '../faults/link-state.ts';
import { readProxies } from '../faults/proxy-view.ts';
import { clearLinks } from '../faults/toxics.ts';
import { findProcesses } from '../status/process-states.ts';
import type { TwinState } from '../supervisor/state.ts';
import { containersMeant } from '../topology/containers.ts';
import { linkGroups, links, selectLinks, splitNames } from '../topology/links.ts';
import { nearest } from '../topology/nearest.ts';
import { addressIn, askSupervisor, type RunningTwin } from './control-client.ts';
import { UsageFailure } from './failure.ts';

const Faults = Type.Array(Fault);

/** What was broken and is no more. */
export interface Healed {
  readonly faults: readonly Fault[];
  /** Links from which something was taken that was no fault of ours: what others put there over Toxiproxy's API. */
  readonly links: readonly string[];
}

/**
 * Heals all faults, or those that names mean: ids of faults, links, groups and patterns of them, processes, targets of any fault. Of links also what
 * others did to them. Throws UsageFailure for a name that means nothing.
 */
export async function healNames({ supervisor, state }: RunningTwin, names: readonly string[]): Promise<Healed> {
  const meant = names.length === 0 ? undefined : namesMeant(state, names);
  const request = meant === undefined ? {} : { ids: meant.ids, targets: meant.targets };
  const faults = Value.Parse(Faults, await askSupervisor(supervisor, 'POST', '/faults/heal', request));
  return { faults, links: await clearForeign(state, meant?.links ?? links.map((link) => link.name)) };
}

/** Heals faults by their ids, and nothing else. Those that are no more are passed over. */
export async function healIds({ supervisor }: Pick<RunningTwin, 'supervisor'>, ids: readonly string[]): Promise<readonly Fault[]> {
  return Value.Parse(Faults, await askSupervisor(supervisor, 'POST', '/faults/heal', { ids }));
}

/** After our own faults are healed, what is left on links is of others. */
async function clearForeign(state: TwinState, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const toxiproxyUrl = addressIn(state, 'toxiproxy');
  const proxies = await readProxies(toxiproxyUrl);
  const broken = names.filter((name) => {
    const proxy = proxies[name];
    return proxy !== undefined && isBroken(proxy);
  });
  await clearLinks(toxiproxyUrl, broken);
  return broken;
}

export interface Meant {
  readonly ids: readonly string[];
  readonly targets: readonly string[];
  readonly links: readonly string[];
}

/** What names mean among the faults, links and processes of a twin. Throws UsageFailure for one that means nothing. */
export function namesMeant(state: TwinState, names: readonly string[]): Meant {
  const found = splitNames(names).map((name) => meantBy(state, name));
  return {
    ids: found.flatMap(({ ids }) => ids),
    targets: [...new Set(found.flatMap(({ targets }) => targets))],
    links: [...new Set(found.flatMap(({ links: named }) => named))],
  };
}

function meantBy(state: TwinState, name: string): Meant {
  if (state.faults.some(({ id }) => id === name)) return { ids: [name], targets: [], links: [] };
  const isRegion = name === 'world' || name === 'china';
  // Of a region everything is meant: its links, and what else bears its name.
  const inRegion = isRegion ? state.faults.map(({ target }) => target).filter((target) => new RegExp(`^${name}[:-]`).test(target)) : [];
  const named = linksMeant(name);
  const targets = [
    ...named,
    ...inRegion,
    ...(isRegion ? [] : [...findProcesses(state, name), ...containersMeant(state, name).map((container) => container.name)]),
    ...state.faults.filter(({ target }) => target === name).map(({ target }) => target),
  ];
  if (targets.length === 0) throw new UsageFailure(unknownName(state, name), 'npm run sim -- fault list');
  return { ids: [], targets, links: named };
}

function linksMeant(name: string): string[] {
  try {
    return selectLinks(name).map((link) => link.name);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function unknownName(state: TwinState, name: string): string {
  const inForce = state.faults.flatMap(({ id, target }) => [id, target]);
  const processes = state.processes.map((process) => process.name);
  const meant = nearest(name, [...inForce, ...linkGroups, ...links.map((link) => link.name), ...processes]);
  const what = `no fault, link or process is called ${name}`;
  return meant === undefined ? what : `${what}; did you mean ${meant}?`;
}
