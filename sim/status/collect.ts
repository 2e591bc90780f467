import { withRole } from '../postgres/provision.ts';
import type { Fault } from '../faults/fault.ts';
import { linkState, linkWords, type LinkState } from '../faults/link-state.ts';
import { readProxies, type ToxicView } from '../faults/proxy-view.ts';
import { tailFile } from '../supervisor/log-file.ts';
import { readCredentials, readRolePasswords } from '../supervisor/secrets.ts';
import type { Reload, TwinPaths, TwinState } from '../supervisor/state.ts';
import { panelUrlOf } from '../topology/environment.ts';
import { links } from '../topology/links.ts';
import { components } from '../topology/processes.ts';
import { regions, services, type Region } from '../topology/regions.ts';
import { downReason, findProcess, stateOf } from './process-states.ts';
import { attachedSqsDepth, mnsDepth, sqsDepth } from './queue-depth.ts';
import { lastReconcile, type ReconcileState } from './reconcile-state.ts';
import { syncStates, type DirectionState } from './sync-state.ts';
import { attachedUrl, kindAndVersion } from './versions.ts';

export interface ProcessView {
  readonly pid: number;
  readonly state: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly logFile: string;
  /** The end of its log, where it ended without having been told to. */
  readonly logTail?: readonly string[];
}

export interface LinkView {
  readonly proxy: string;
  readonly upstream: string | null;
  readonly state: LinkState | 'unknown';
  readonly toxics: readonly ToxicView[];
  /** The faults in force on it. */
  readonly faults: readonly Fault[];
  /** What is wrong with it in words, foreign toxics too. */
  readonly summary: readonly string[];
}

/** The document of `sim status --json`. */
export interface TwinStatus {
  readonly mode: 'embedded' | 'docker';
  readonly phase: string;
  readonly startedAt: string;
  readonly readyAfterMs: number | null;
  readonly adminPanel: string;
  /** The regions that it runs. */
  readonly runs: readonly string[];
  readonly regions: Record<string, RegionStatus>;
  readonly components: Record<string, { kind: string; version: string; url: string | null; state: string }>;
  readonly links: Record<string, LinkView>;
  readonly processes: Record<string, ProcessView>;
  /** What is broken on purpose. */
  readonly faults: readonly Fault[];
  readonly reload: Reload | null;
  readonly split: boolean;
  readonly image: boolean;
  /** A role of staff counts with a second factor only. */
  readonly secondFactor: boolean;
  readonly sync: Record<string, DirectionState>;
  /** The last comparison that each region made with the other one. */
  readonly reconcile: Record<string, ReconcileState | null>;
}

export interface RegionStatus {
  readonly gatewayUrl: string | null;
  readonly databaseUrl: string | null;
  readonly services: Record<string, { url: string | null; pid: number | null; state: string }>;
}

/** Gathers the status of a running twin: from its supervisor, Toxiproxy, the databases and the queues. */
export async function collectStatus(paths: TwinPaths, state: TwinState): Promise<TwinStatus> {
  const databaseUrls = { world: inspectorUrl(paths, state, 'world'), china: inspectorUrl(paths, state, 'china') };
  const [linkStates, sync, world, china] = await Promise.all([
    collectLinks(state),
    syncStates(
      databaseUrls,
      (region) => queueDepth(paths, state, region),
      (region) => downReason(state, `${region}:sync-worker`),
    ),
    lastReconcile(databaseUrls.world),
    lastReconcile(databaseUrls.china),
  ]);
  return {
    mode: state.mode,
    phase: state.phase,
    startedAt: state.startedAt,
    readyAfterMs: state.readyAfterMs,
    adminPanel: state.adminPanel,
    runs: state.regions,
    regions: Object.fromEntries(regions.map((region) => [region, regionStatus(state, region, databaseUrls[region])])),
    components: collectComponents(state),
    links: linkStates,
    processes: collectProcesses(state),
    faults: state.faults,
    reload: state.reload,
    split: state.split,
    image: state.image,
    secondFactor: state.secondFactor,
    sync,
    reconcile: { world, china },
  };
}

/** The components, as far as the state alone tells. */
export function collectComponents(state: TwinState): TwinStatus['components'] {
  return Object.fromEntries(
    components.map(({ name }) => [
      name,
      { ...kindAndVersion(name, state), url: shownUrl(state, name) ?? null, state: stateOf(state, name) },
    ]),
  );
}

/** Where a component is, for showing: credentials of what is attached are hidden, and the panel is where its passkeys are good. */
export function shownUrl(state: TwinState, name: string): string | undefined {
  const address = attachedUrl(state, name) ?? state.addresses[name];
  return name === 'admin' && address !== undefined ? panelUrlOf(address) : address;
}

function regionStatus(state: TwinState, region: Region, databaseUrl: string): RegionStatus {
  const entries = services.map((service) => {
    const name = `${region}:${service}`;
    const pid = state.processes.find((process) => process.name === findProcess(state, name))?.pid ?? null;
    return [service, { url: state.addresses[name] ?? null, pid, state: stateOf(state, name) }] as const;
  });
  return {
    gatewayUrl: state.addresses[`${region}:front`] ?? null,
    databaseUrl: shownDatabaseUrl(databaseUrl) || null,
    services: Object.fromEntries(entries),
  };
}

/** For use by whoever reads it, so with what says how to connect; everything else in a query may be a secret. */
function shownDatabaseUrl(databaseUrl: string): string {
  if (!databaseUrl.includes('?')) return databaseUrl;
  const url = new URL(databaseUrl);
  const sslmode = url.searchParams.get('sslmode');
  url.search = sslmode === null ? '' : `sslmode=${encodeURIComponent(sslmode)}`;
  return url.href;
}

/** Round Toxiproxy, as the role that reads everything and writes nothing. */
export function inspectorUrl(paths: TwinPaths, state: TwinState, region: Region): string {
  const url = state.addresses[`${region}:postgres`];
  return url === undefined ? '' : withRole(url, 'inspector', readRolePasswords(paths, region).inspector);
}

export function collectProcesses(state: TwinState): Record<string, ProcessView> {
  const entries = state.processes.map(({ name, pid, state: processState, exitCode, signal, logFile }) => {
    const ended = processState === 'exited';
    const view: ProcessView = { pid, state: stateOf(state, name), exitCode, signal, logFile };
    return [name, ended ? { ...view, logTail: tailFile(logFile, 10) } : view] as const;
  });
  return Object.fromEntries(entries);
}

/** Every link with what Toxiproxy says of it; `unknown` where it does not answer. */
export async function collectLinks(state: TwinState): Promise<TwinStatus['links']> {
  const url = state.addresses['toxiproxy'];
  const proxies = url === undefined ? {} : await readProxies(url).catch(() => ({}));
  const found = new Map(Object.entries(proxies));
  const entries = links.map(({ name }): readonly [string, LinkView] => {
    const proxy = found.get(name);
    const faults = state.faults.filter((fault) => fault.target === name);
    if (proxy === undefined)
      return [name, { proxy: state.links[name] ?? '', upstream: null, state: 'unknown', toxics: [], faults, summary: [] }];
    const { listen, upstream, toxics } = proxy;
    return [name, { proxy: listen, upstream, state: linkState(proxy), toxics, faults, summary: linkWords(proxy, faults) }];
  });
  return Object.fromEntries(entries);
}

function queueDepth(paths: TwinPaths, state: TwinState, region: Region): Promise<number> {
  const url = state.addresses[`${region}:queue`];
  if (url === undefined) return Promise.reject(new Error(`the queue of ${region} has not been started`));
  if (region === 'china') return mnsDepth(url, readCredentials(paths, region));
  return state.attached['world:queue'] === undefined ? sqsDepth(url) : attachedSqsDepth(url, readCredentials(paths, region));
}
