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
  let stopping = false;

  function contextOf(name: string): ChildContext {
    if (stopping) throw new ProcessFailure(name, 'was not started, for the twin is stopping', paths.log(name));
    const log = logs.get(name) ?? openLogFile(paths.log(name));
    logs.set(name, log);
    const onAddress = (address: string, url: string): Promise<void> => pointLinks(registry, address, url);
    return { registry, log, onAddress, onDeath: options.onDeath, readyTimeoutMs: docker ? 5 * readyTimeoutMs : readyTimeoutMs };
  }

  function specOf(name: string): ProcessSpec {
    const spec = specs.get(name);
    if (spec === undefined) throw new RangeError(`no process is called ${name}; there are ${[...specs.keys()].join(', ')}`);
    return spec;
  }

  function launch(name: string): Promise<void> {
    const launched = launchNow(name);
    launches.add(launched);
    return launched;
  }

  async function launchNow(name: string): Promise<void> {
    const spec = specOf(name);
    const context = contextOf(name);
    const region = regions.find((candidate) => name === `${candidate}-postgres`);
    if (region !== undefined) await startDatabase(spec, region, paths, context);
    else await startChild(spec, commandOf(spec, options), context);
    const toxiproxyUrl = registry.address('toxiproxy');
    if (spec.announces.includes('toxiproxy') && toxiproxyUrl !== undefined) await createProxies(registry, toxiproxyUrl);
    registry.progress(name);
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

  async function startEmbedded(): Promise<void> {
    const proxies = launch('toxiproxy');
    const prepared = preparePostgres();
    const inRegions = registry.state.regions.map((region) => {
      const database = prepared.then(() => launch(`${region}-postgres`));
      return startRegion(region, database, launch(`${region}-cloud`), proxies);
    });
    await Promise.all([launch('mail'), ...inRegions, startFronts(proxies)]);
  }

  async function startDocker(): Promise<void> {
    const containers = launch('docker');
    const clouds = registry.state.regions.map((region) => containers.then(() => launch(`${region}-cloud`)));
    const inRegions = registry.state.regions.map((region, index) =>
      startRegion(region, containers, clouds[index] ?? containers, containers),
    );
    await Promise.all([launch('mail'), ...inRegions, startFronts(containers)]);
  }

  async function startFronts(proxies: Promise<void>): Promise<void> {
    await proxies;
    await Promise.all(registry.state.regions.map((region) => launch(`${region}-front`)));
    await launch('admin');
  }

  async function reload(name: string): Promise<void> {
    const spec = specOf(name);
    const successor = `${name}.next`;
    try {
      await startChild({ ...spec, name: successor }, successorCommand(spec, options), contextOf(name));
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
    async migrate() {
      await Promise.all(registry.state.regions.map((region) => migrate(region)));
    },
    async stop() {
      stopping = true;
      await stopRecorded();
      // What was on its way has failed by now, or has just started a process that nobody has stopped yet.
      await Promise.allSettled(launches);
      await stopRecorded();
      for (const log of logs.values()) log.close();
    },
  };
}
