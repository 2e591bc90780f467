import type { ChildProcess } from 'node:child_process';
import { removeProxies } from '../attach/attach.ts';
import { checkoutDir } from '../paths.ts';
import type { ClusterOrigin } from '../postgres/cluster.ts';
import { keepAsTemplate } from '../postgres/index.ts';
import { setClockSkew } from '../preload/control.ts';
import { processesIn, type ProcessSpec } from '../topology/processes.ts';
import { regions, type Region } from '../topology/regions.ts';
import { runChild, startChild, type ChildContext } from './child.ts';
import { commandOf, migrationCommand, successorCommand, type CommandContext } from './commands.ts';
import { startDatabase } from './databases.ts';
import { openLogFile, type LogFile } from './log-file.ts';
import { migrationsDigest } from './migration-sources.ts';
import { createProxies, pointLinks } from './proxies.ts';
import { ProcessFailure } from './registry.ts';
import { killProcesses, stopProcesses } from './stop.ts';

export interface LauncherOptions extends CommandContext {
  readonly onDeath: (name: string) => void;
  /** Called when something announced itself, once its links lead to it. */
  readonly onAnnounced: (address: string) => Promise<void>;
  /** Called when a process is ready and nothing leads to it yet, with a way to send it signals. */
  readonly onReady: (name: string, signal: (signal: NodeJS.Signals) => void) => Promise<void>;
  /** Called when a process has been started and has its name, perhaps in the place of another. */
  readonly onNamed: (name: string) => Promise<void>;
  /** Called when a component that a running process looks after is back, once its links lead to it. */
  readonly onReturned: (name: string) => Promise<void>;
}

/** Starts and ends the twin's processes one by one, in no order of its own. */
export interface Launcher {
  readonly specs: ReadonlyMap<string, ProcessSpec>;
  /** What a process needs to be started; throws when the twin is stopping. */
  contextOf(name: string): ChildContext;
  /** Starts a process and returns when it is ready and its links lead to it. What the user has attached is there already. Throws ProcessFailure. */
  launch(name: string): Promise<void>;
  /** Resolves once something has announced where it listens and its links lead there, perhaps before the process that announces it is ready. */
  announced(name: string): Promise<void>;
  /** Starts the successor of a process that links alone lead to, leads them to it, and ends the old one in good order. Throws ProcessFailure: the old one serves on. */
  reload(name: string): Promise<void>;
  /** Starts another one of a process beside it, to which nothing leads, and ends that at once. Throws ProcessFailure where it does not start. */
  rehearse(name: string): Promise<void>;
  /** Ends processes in good order; they count as stopped. */
  end(names: readonly string[]): Promise<void>;
  /** Ends processes at once, as a machine that dies; they count as stopped. */
  cut(names: readonly string[]): Promise<void>;
  /** Runs a region's migrations. Throws ProcessFailure. */
  migrate(region: Region): Promise<void>;
  /** The same, for a database that has just been started and that nobody uses: one that was made from a migrated one has had them. Throws ProcessFailure. */
  migrateStarted(region: Region): Promise<void>;
  /** Makes the links on the Toxiproxy that the user has attached. */
  useAttachedToxiproxy(): Promise<void>;
  /** Sets how far the clock of a process that serves is ahead; it stays so when it is started anew. Throws RangeError for any other process. */
  setClock(name: string, skewMs: number): Promise<void>;
  /** Ends everything, also what is still being started, and starts nothing any more. */
  stop(): Promise<void>;
}

const readyTimeoutMs = 60_000;

/** Undefined while the migrations cannot be read as they are: running them says why. */
function digestNow(): string | undefined {
  try {
    return migrationsDigest(checkoutDir);
  } catch {
    return undefined;
  }
}

export function createLauncher(options: LauncherOptions): Launcher {
  const { registry, paths } = options;
  const docker = registry.state.mode === 'docker';
  const specs = new Map(processesIn(registry.state).map((spec) => [spec.name, spec]));
  const logs = new Map<string, LogFile>();
  const launches = new Set<Promise<void>>();
  const children = new Map<string, ChildProcess>();
  /** Where a region's database is from, and what the migrations were when it was made. */
  const origins = new Map<Region, { readonly origin: ClusterOrigin; readonly digest: string | undefined }>();
  const announcements = new Map<string, PromiseWithResolvers<void>>();
  let stopping = false;

  function contextOf(name: string): ChildContext {
    if (stopping) throw new ProcessFailure(name, 'was not started, for the twin is stopping', paths.log(name));
    const log = logs.get(name) ?? openLogFile(paths.log(name));
    logs.set(name, log);
    return {
      registry,
      log,
      onAddress: useAddress,
      async onReturn(name, url) {
        await useAddress(name, url);
        await options.onReturned(name);
      },
      onReady: (signal) => options.onReady(name, signal),
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
    announcementOf(name).resolve();
  }

  function announcementOf(name: string): PromiseWithResolvers<void> {
    const announcement = announcements.get(name) ?? Promise.withResolvers<void>();
    announcements.set(name, announcement);
    return announcement;
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
    if (region !== undefined) await startServer(region);
    else children.set(name, await startAnywhere(spec, context));
    await options.onNamed(name);
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

  async function startServer(region: Region): Promise<void> {
    const name = `${region}-postgres`;
    let digest: string | undefined;
    const kept = (): string | undefined => {
      digest = digestNow();
      return digest === undefined ? undefined : `${region}-${digest}`;
    };
    const origin = await startDatabase(specOf(name), region, kept, paths, contextOf(name));
    origins.set(region, { origin, digest });
  }

  function migrateStarted(region: Region): Promise<void> {
    const migrated = migrateMade(region);
    launches.add(migrated);
    return migrated;
  }

  /** An empty database costs two seconds to migrate, and a copy of one that has been nothing; what the migrations are made of names the copy. */
  async function migrateMade(region: Region): Promise<void> {
    const made = origins.get(region);
    const digest = digestNow();
    const isSame = digest !== undefined && digest === made?.digest;
    if (made?.origin === 'kept' && isSame) return;
    await migrate(region);
    // A migration that was written meanwhile has been run or not.
    if (made?.origin !== 'empty' || !isSame || digestNow() !== digest) return;
    await end([`${region}-postgres`]);
    await keepAsTemplate({ dataDir: paths.postgres(region), kind: region, version: digest }).catch((error: unknown) => {
      logs.get(`${region}-migrate`)?.write(`the migrated database was not kept for the next start: ${String(error)}`);
    });
    await startServer(region);
  }

  async function reload(name: string): Promise<void> {
    const spec = specOf(name);
    if (spec.succeeded === undefined) throw new RangeError(`${name} runs no services: it can be restarted, but not while it serves`);
    const successor = `${name}.next`;
    try {
      children.set(name, await startChild({ ...spec, name: successor }, successorCommand(spec, options), contextOf(name)));
    } catch (error) {
      await dismiss(successor);
      throw error;
    }
    const old = registry.state.processes.filter((process) => process.name === name);
    const predecessor = `${name}.previous`;
    if (old.length > 0) {
      registry.setProcess(name, { state: 'stopped' });
      registry.renameProcess(name, predecessor);
    }
    registry.renameProcess(successor, name);
    await options.onNamed(name);
    // Its requests end in their time; nobody waits for that.
    const ending = stopProcesses(old, registry.state.marker).finally(() => registry.forgetProcess(predecessor));
    launches.add(ending.catch((error: unknown) => logs.get(name)?.write(`the one before could not be ended: ${String(error)}`)));
  }

  async function dismiss(successor: string): Promise<void> {
    await end([successor]);
    registry.forgetProcess(successor);
  }

  async function rehearse(name: string): Promise<void> {
    const spec = specOf(name);
    const double = `${name}.next`;
    const announcedAs = Object.fromEntries(spec.announces.map((address) => [address, `${address}.next`]));
    const { onReady: _, ...context } = contextOf(name);
    try {
      const unseen = { ...context, onAddress: () => Promise.resolve() };
      await startChild({ ...spec, name: double, announcedAs }, successorCommand(spec, options), unseen);
    } finally {
      await dismiss(double);
      for (const address of Object.values(announcedAs)) registry.forgetAddress(address);
    }
  }

  /** What runs of these, noted as stopped, so that their end is nobody's death. */
  function noted(names: readonly string[]): typeof registry.state.processes {
    const recorded = registry.state.processes.filter((process) => names.includes(process.name));
    for (const { name, state } of recorded)
      if (state === 'starting' || state === 'running') registry.setProcess(name, { state: 'stopped' });
    return recorded;
  }

  const end = (names: readonly string[]): Promise<void> => stopProcesses(noted(names), registry.state.marker);
  const endAll = (): Promise<void> => end(registry.state.processes.map(({ name }) => name));

  return {
    specs,
    contextOf,
    launch,
    announced: (name) => announcementOf(name).promise,
    reload,
    rehearse,
    end,
    cut: (names) => killProcesses(noted(names), registry.state.marker),
    migrate,
    migrateStarted,
    useAttachedToxiproxy,
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
    async stop() {
      stopping = true;
      await endAll();
      // What was on its way has failed by now, or has just started a process that nobody has stopped yet.
      await Promise.allSettled(launches);
      await endAll();
      for (const log of logs.values()) log.close();
    },
  };
}
