import { removeProxies } from '../attach/attach.ts';
import { preparePostgres } from '../postgres/index.ts';
import { paymentsProcess, servicesGroup } from '../topology/processes.ts';
import { regions, type Region } from '../topology/regions.ts';
import type { ChildContext } from './child.ts';
import { requestReconcile } from './databases.ts';
import { createLauncher, type LauncherOptions } from './launcher.ts';

export type TwinOptions = Omit<LauncherOptions, 'onReturned'>;

/** The running twin, as the supervisor's control interface drives it. */
export interface Twin {
  /** Starts everything of the regions that the state names, each as soon as what it needs is there. Throws the first ProcessFailure; the rest may still be on its way. */
  start(): Promise<void>;
  /** Adds a region to the twin while the other one runs on. Throws ProcessFailure, having stopped what it had started. */
  add(region: Region): Promise<void>;
  /** Ends processes at once, as a machine that dies; they count as stopped. */
  cut(names: readonly string[]): Promise<void>;
  /** Starts those of the processes that have been ended, all at once. Throws a ProcessFailure once none is on its way any more. */
  begin(names: readonly string[]): Promise<void>;
  /** Has the regions compare what they hold, where there are two. */
  reconcile(): Promise<void>;
  /** Starts a process again, after ending it if it runs; its links lead to it afterwards. */
  restart(name: string): Promise<void>;
  /**
   * Starts the successor of a process that links alone lead to, leads the links to it once it is ready, and ends the old one in good order. Throws
   * ProcessFailure where the successor does not come up: the old one serves on.
   */
  reload(name: string): Promise<void>;
  /** Starts another one of a process beside it, to which nothing leads, and ends that at once. Throws ProcessFailure where it does not start. */
  rehearse(name: string): Promise<void>;
  /** Sets how far the clock of a process that runs services is ahead; it stays so when it is started anew. Throws RangeError for any other process. */
  setClock(name: string, skewMs: number): Promise<void>;
  /** Runs the migrations of every region that is there. Throws ProcessFailure. */
  migrate(): Promise<void>;
  /** What a process of the twin needs; throws when the twin is stopping. */
  contextOf(name: string): ChildContext;
  stop(): Promise<void>;
}

/** The region whose worker compares both when the twin starts: the one that may have been added later. */
const comparing: Region = 'china';

export function createTwin(options: TwinOptions): Twin {
  const { registry, paths } = options;
  const docker = registry.state.mode === 'docker';
  const launcher = createLauncher({ ...options, onReturned: useReturned });
  const { launch, specs } = launcher;

  /** A container that comes back has forgotten what was in it, and those that hold its address are told the new one by being started anew. */
  async function useReturned(name: string): Promise<void> {
    if (name === 'world:queue') await restart('world-cloud');
    if (name === 'china:queue-backend') await restart('china-cloud');
    if (name.includes(':queue')) await reconcile();
  }

  async function startRegion(region: Region, databases: Promise<unknown>, cloud: Promise<void>, proxies: Promise<void>): Promise<void> {
    await Promise.all([databases, cloud, proxies]);
    // The services are told whose passkeys they take: those of the panel's address.
    await Promise.all([launcher.migrateStarted(region), launcher.announced('admin')]);
    // One region compares for both. What a region lacks that was not here before, it is filled with.
    if (region === comparing && registry.state.regions.length > 1) await requestReconcile(region, registry, paths);
    const serving = [...specs.values()].filter((spec) => spec.group === servicesGroup(region));
    await Promise.all([launch(paymentsProcess(region)), ...serving.map((spec) => launch(spec.name))]);
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
    const containers = launch('docker');
    const inContainers = specs.get('docker')?.announces ?? [];
    // What a container offers is of use before the last one is there; what is not offered has been attached.
    const offered = async (...names: readonly string[]): Promise<void> => {
      const awaited = names.filter((name) => inContainers.includes(name)).map(launcher.announced);
      await Promise.race([Promise.all(awaited), containers]);
    };
    const proxies = inContainers.includes('toxiproxy') ? offered('toxiproxy') : launcher.useAttachedToxiproxy();
    const cloudNeeds = { world: ['world:queue', 'world:secrets'], china: ['china:queue-backend'] };
    const inRegions = registry.state.regions.map((region) => {
      const cloud = offered(...cloudNeeds[region]).then(() => launch(`${region}-cloud`));
      return startRegion(region, offered(`${region}:postgres`), cloud, proxies);
    });
    await Promise.all([containers, launch('mail'), startSchedulers(), ...inRegions, startFronts(proxies)]);
  }

  async function startFronts(proxies: Promise<void>): Promise<void> {
    await proxies;
    await Promise.all(registry.state.regions.map((region) => launch(`${region}-front`)));
    await launch('admin');
    if (registry.state.regions.length === regions.length) await launch('dns');
  }

  async function reconcile(): Promise<void> {
    if (registry.state.regions.length > 1) await requestReconcile(comparing, registry, paths);
  }

  async function restart(name: string): Promise<void> {
    if (!specs.has(name)) throw new RangeError(`no process is called ${name}; there are ${[...specs.keys()].join(', ')}`);
    await launcher.end([name]);
    await launch(name);
  }

  async function stopRegion(region: Region): Promise<void> {
    await launcher.end(registry.state.processes.map(({ name }) => name).filter((name) => name.startsWith(`${region}-`)));
  }

  return {
    start: docker ? startDocker : startEmbedded,
    contextOf: launcher.contextOf,
    cut: launcher.cut,
    async begin(names) {
      // Whoever takes back what failed is not to meet one that is still being started.
      const running = registry.state.processes.filter((process) => process.state === 'running').map(({ name }) => name);
      const outcomes = await Promise.allSettled(names.filter((name) => !running.includes(name)).map(launch));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
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
    reload: launcher.reload,
    rehearse: launcher.rehearse,
    setClock: launcher.setClock,
    async migrate() {
      await Promise.all(registry.state.regions.map(launcher.migrate));
    },
    async stop() {
      await launcher.stop();
      const toxiproxyUrl = registry.address('toxiproxy');
      if (registry.state.attached['toxiproxy'] !== undefined && toxiproxyUrl !== undefined) await removeProxies(toxiproxyUrl);
    },
  };
}
