import type { ChildProcess } from 'node:child_process';
import { removeProxies } from '../attach/attach.ts';
import { setClockSkew } from '../preload/control.ts';
import { preparePostgres } from '../postgres/index.ts';
import { processesIn, servicesGroup, type ProcessSpec } from '../topology/processes.ts';
import { regions, type Region } from '../topology/regions.ts';
import { commandOf, migrationCommand, successorCommand, type CommandContext } from './commands.ts';
import { runChild, startChild, type ChildContext } from './child.ts';
import { requestReconcile, startDatabase } from './databases.ts';
import { openLogFile, type LogFile } from './log-file.ts';
import { createProxies, pointLinks } from './proxies.ts';
import { ProcessFailure } from './registry.ts';
import { killProcesses, stopProcesses } from './stop.ts';

export interface TwinOptions extends CommandContext {
  readonly onDeath: (name: string) => void;
  /** Called when something announced itself, once its links lead to it. */
  readonly onAnnounced: (address: string) => Promise<void>;
}

/** The running twin, as the supervisor's control interface drives it. */
export interface Twin {
  /** Starts everything of the regions that the state names, each as soon as what it needs is there. Throws the first ProcessFailure; the rest may still be on its way. */
  start(): Promise<void>;
  /** Adds a region to the twin while the other one runs on. Throws ProcessFailure, having stopped what it had started. */
  add(region: Region): Promise<void>;
  /** Ends processes at once, as a machine that dies; they count as stopped. */
  cut(names: readonly string[]): Promise<void>;
  /** Starts processes that have been ended, all at once. Throws the first ProcessFailure. */
  begin(names: readonly string[]): Promise<void>;
  /** Has the regions compare what they hold, where there are two. */
  reconcile(): Promise<void>;
  /** Starts a process again, after ending it if it runs; its links lead to it afterwards. */
  restart(name: string): Promise<void>;
  /**
   * Starts the successor of a process that runs services, leads the links to it once it is ready, and ends the old one in good order. Throws
   * ProcessFailure where the successor does not come up: the old one serves on.
   */
  reload(name: string): Promise<void>;
  /** Sets how far the clock of a process that runs services is ahead; it stays so when it is started anew. Throws RangeError for any other process. */
  setClock(name: string, skewMs: number): Promise<void>;
  /** Runs the migrations of every region that is there. Throws ProcessFailure. */
  migrate(): Promise<void>;
  /** What a process of the twin needs; throws when the twin is stopping. */
  contextOf(name: string): ChildContext;
  stop(): Promise<void>;
}

const readyTimeoutMs = 60_000;
/** The region whose worker compares both when the twin starts: the one that may have been added later. */
const comparing: Region = 'china';

export function createTwin(options: TwinOptions): Twin {
  const { registry, paths } = options;
  const docker = registry.state.mode === 'docker';
  const specs = new Map(processesIn(registry.state).map((spec) => [spec.name, spec]));
  const logs = new Map<string, LogFile>();
  const launches = new Set<Promise<void>>();
  const children = new Map<string, ChildProcess>();
  let stopping = false;

  function contextOf(name: string): ChildContext {
    if (stopping) throw new ProcessFailure(name, 'was not started, for the twin is stopping', paths.log(name));
    const log = logs.get(name) ?? openLogFile(paths.log(name));
    logs.set(name, log);
    return {
      registry,
      log,
      onAddress: useAddress,
      onReturn: useReturned,
      onComponent: noteComponent,
      onDeath: options.onDeath,
      // Docker may have to load images first, and to build one.
      readyTimeoutMs: docker ? 5 * readyTimeoutMs : readyTimeoutMs,
    };
  }

  async function useAddress(name: string, url: string): Promise<void> {
    if (name === 'toxiproxy') await createProxies(registry, url);
    else await pointLinks(registry, name, url);
    await options.onAnnounced(name);
  }

  /** A container that comes back has forgotten what was in it, and those that hold its address are told the new one by being started anew. */
  async function useReturned(name: string, url: string): Promise<void> {
    await useAddress(name, url);
    if (name === 'world:queue') await restart('world-cloud');
    if (name === 'china:queue-backend') await restart('china-cloud');
    if (name.includes(':queue') && registry.state.regions.length > 1) await requestReconcile(comparing, registry, paths);
  }

  function noteComponent(name: string, state: 'exited' | 'running', detail: string | null): void {
    const { [name]: _, ...others } = registry.state.ended;
    registry.update({ ended: state === 'running' ? others : { ...others, [name]: detail ?? 'it ended' } });
  }

  function specOf(name: string): ProcessSpec {
    const spec = specs.get(name);
    if (spec === undefined) throw new RangeError(`no process is called ${name}; there are ${[...specs.keys()].join(', ')}`);
    return spec;
  }

  /** What the user has attached is there already. */
  function launch(name: string): Promise<void> {
    if (!specs.has(name)) return name === 'toxiproxy' ? useAttachedToxiproxy() : Promise.resolve();
    const launched = launchNow(name);
    launches.add(launched);
    return launched;
  }

  async function useAttachedToxiproxy(): Promise<void> {
    const url = registry.address('toxiproxy');
    if (url === undefined) throw new RangeError('nothing is known of a Toxiproxy');
    await removeProxies(url);
    await createProxies(registry, url);
  }

  async function launchNow(name: string): Promise<void> {
    const spec = specOf(name);
    const context = contextOf(name);
    const region = regions.find((candidate) => name === `${candidate}-postgres`);
    if (region !== undefined) await startDatabase(spec, region, paths, context);
    else children.set(name, await startAnywhere(spec, context));
    registry.progress(name);
  }

  /** Where it listened before; and where a stranger has taken that port meanwhile, elsewhere. */
  async function startAnywhere(spec: ProcessSpec, context: ChildContext): Promise<ChildProcess> {
    try {
      return await startChild(spec, commandOf(spec, options), context);
    } catch (error) {
      const taken = error instanceof ProcessFailure && error.logTail.some((line) => line.includes('EADDRINUSE'));
      if (!taken || !spec.announces.some((name) => registry.address(name) !== undefined)) throw error;
      for (const name of spec.announces) registry.forgetAddress(name);
      return startChild(spec, commandOf(spec, options), context);
    }
  }

  async function migrate(region: Region): Promise<void> {
    const name = `${region}-migrate`;
    await runChild({ name, region, announces: [], stopStage: 1 }, migrationCommand(region, options), contextOf(name));
    registry.progress(name);
  }

  async function startRegion(region: Region, databases: Promise<unknown>, cloud: Promise<void>, proxies: Promise<void>): Promise<void> {
    await Promise.all([databases, cloud, proxies]);
    await migrate(region);
    // One region compares for both. What a region lacks that was not here before, it is filled with.
    if (region === comparing && registry.state.regions.length > 1) await requestReconcile(region, registry, paths);
    const serving = [...specs.values()].filter((spec) => spec.group === servicesGroup(region));
    await Promise.all(serving.map((spec) => launch(spec.name)));
  }

  async function stopRecorded(): Promise<void> {
    for (const { name, state } of registry.state.processes) {
      if (state === 'starting' || state === 'running') registry.setProcess(name, { state: 'stopped' });
    }
    await stopProcesses(registry.state.processes, registry.state.marker);
  }

  async function startSchedulers(): Promise<void> {
    await Promise.all([...specs.keys()].filter((name) => name.endsWith('-scheduler')).map(launch));
  }

  async function startEmbedded(): Promise<void> {
    const proxies = launch('toxiproxy');
    const prepared = preparePostgres();
    const inRegions = registry.state.regions.map((region) => {
      const database = prepared.then(() => launch(`${region}-postgres`));
      return startRegion(region, database, launch(`${region}-cloud`), proxies);
    });
    await Promise.all([launch('mail'), startSchedulers(), ...inRegions, startFronts(proxies)]);
  }

  async function startDocker(): Promise<void> {
    const containers = launch('docker').then(() =>
      specs.get('docker')?.announces.includes('toxiproxy') === true ? undefined : useAttachedToxiproxy(),
    );
    const clouds = registry.state.regions.map((region) => containers.then(() => launch(`${region}-cloud`)));
    const inRegions = registry.state.regions.map((region, index) =>
      startRegion(region, containers, clouds[index] ?? containers, containers),
    );
    await Promise.all([launch('mail'), startSchedulers(), ...inRegions, startFronts(containers)]);
  }

  async function startFronts(proxies: Promise<void>): Promise<void> {
    await proxies;
    await Promise.all(registry.state.regions.map((region) => launch(`${region}-front`)));
    await launch('admin');
    if (registry.state.regions.length === regions.length) await launch('dns');
  }

  async function reload(name: string): Promise<void> {
    const spec = specOf(name);
    if (spec.serves === undefined) throw new RangeError(`${name} runs no services: it can be restarted, but not while it serves`);
    const successor = `${name}.next`;
    try {
      children.set(name, await startChild({ ...spec, name: successor }, successorCommand(spec, options), contextOf(name)));
    } catch (error) {
      const failed = registry.state.processes.filter((process) => process.name === successor);
      await stopProcesses(failed, registry.state.marker);
      registry.forgetProcess(successor);
      throw error;
    }
    const old = registry.state.processes.filter((process) => process.name === name);
    const predecessor = `${name}.previous`;
    if (old.length > 0) {
      registry.setProcess(name, { state: 'stopped' });
      registry.renameProcess(name, predecessor);
    }
    registry.renameProcess(successor, name);
    // Its requests end in their time; nobody waits for that.
    const ending = stopProcesses(old, registry.state.marker).finally(() => registry.forgetProcess(predecessor));
    launches.add(ending);
  }

  async function end(names: readonly string[]): Promise<void> {
    const running = registry.state.processes.filter((process) => names.includes(process.name));
    for (const process of running) registry.setProcess(process.name, { state: 'stopped' });
    await stopProcesses(running, registry.state.marker);
  }

  async function reconcile(): Promise<void> {
    if (registry.state.regions.length > 1) await requestReconcile(comparing, registry, paths);
  }

  async function restart(name: string): Promise<void> {
    const spec = specOf(name);
    await end([name]);
    await launch(spec.name);
  }

  async function stopRegion(region: Region): Promise<void> {
    const own = registry.state.processes.filter(({ name }) => name.startsWith(`${region}-`));
    for (const { name, state } of own) if (state === 'starting' || state === 'running') registry.setProcess(name, { state: 'stopped' });
    await stopProcesses(own, registry.state.marker);
  }

  return {
    start: docker ? startDocker : startEmbedded,
    contextOf,
    async cut(names) {
      const running = registry.state.processes.filter((process) => names.includes(process.name));
      for (const process of running) registry.setProcess(process.name, { state: 'stopped' });
      await killProcesses(running, registry.state.marker);
    },
    async begin(names) {
      await Promise.all(names.map(launch));
    },
    reconcile,
    async add(region) {
      const there = registry.state.regions;
      registry.update({ regions: regions.filter((name) => name === region || there.includes(name)) });
      try {
        await preparePostgres();
        await startRegion(region, launch(`${region}-postgres`), launch(`${region}-cloud`), Promise.resolve());
        await launch(`${region}-front`);
        // The panel shows both regions from now on.
        await restart('admin');
        await launch('dns');
      } catch (error) {
        registry.update({ regions: there });
        await stopRegion(region);
        throw error;
      }
    },
    async restart(name) {
      await restart(name);
      const emptied = regions.filter((region) => name === (docker ? 'docker' : `${region}-cloud`));
      if (emptied.length > 0) await reconcile();
    },
    reload,
    async setClock(name, skewMs) {
      const { serves } = specOf(name);
      if (serves === undefined || registry.state.image) {
        throw new RangeError(`the clock of ${name} cannot be set: only services that run as processes have one of their own`);
      }
      const child = children.get(name);
      // What does not run is started with it.
      if (child?.connected === true) await setClockSkew(child, skewMs);
      const { [name]: _, ...others } = registry.state.skews;
      registry.update({ skews: skewMs === 0 ? others : { ...others, [name]: skewMs } });
    },
    async migrate() {
      await Promise.all(registry.state.regions.map((region) => migrate(region)));
    },
    async stop() {
      stopping = true;
      await stopRecorded();
      // What was on its way has failed by now, or has just started a process that nobody has stopped yet.
      await Promise.allSettled(launches);
      await stopRecorded();
      const toxiproxyUrl = registry.address('toxiproxy');
      if (registry.state.attached['toxiproxy'] !== undefined && toxiproxyUrl !== undefined) await removeProxies(toxiproxyUrl);
      for (const log of logs.values()) log.close();
    },
  };
}
