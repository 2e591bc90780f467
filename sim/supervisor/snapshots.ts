import { fillLocalStack } from '../docker/localstack.ts';
import { composeProject, dockerPassword } from '../docker/compose.ts';
import { createHttpCall } from '#standins/sqs/http-call.ts';
import { dockerDatabases } from '../snapshot/database/docker.ts';
import { embeddedDatabases } from '../snapshot/database/embedded.ts';
import type { LoadFaults, Loaded } from '../snapshot/faults.ts';
import { loadSnapshot, restoreDatabase } from '../snapshot/load.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import { elasticmqQueue } from '../snapshot/queues/elasticmq.ts';
import { fauxqsQueue } from '../snapshot/queues/fauxqs.ts';
import { localstackQueue } from '../snapshot/queues/localstack.ts';
import type { ReadQueue } from '../snapshot/queues/message.ts';
import { saveSnapshot, type SaveRequest } from '../snapshot/save.ts';
import type { SnapshotTwin, TwinQueues } from '../snapshot/twin.ts';
import { withRole } from '../postgres/provision.ts';
import { awsRegion } from '../topology/environment.ts';
import { paymentsProcess, processesIn, servicesGroup } from '../topology/processes.ts';
import type { Region } from '../topology/regions.ts';
import type { FaultRequests } from './fault-requests.ts';
import type { FaultChanges, Faults } from './faults.ts';
import type { Freezer } from './freeze.ts';
import type { Registry } from './registry.ts';
import { readCredentials, readRolePasswords, readSecrets } from './secrets.ts';
import type { TwinPaths } from './state.ts';
import type { Twin } from './twin.ts';

export interface LoadRequest {
  readonly name: string;
  /** Puts back the database of this region and nothing else; undefined: everything. */
  readonly region: Region | undefined;
}

/** Saves and loads the running twin, one at a time, while no fault is added or healed. */
export interface Snapshots {
  save(request: SaveRequest, signal: AbortSignal): Promise<Manifest>;
  load(request: LoadRequest, signal: AbortSignal): Promise<Loaded>;
  /** Ends what can be ended, and resolves when nothing is under way. */
  stop(): Promise<void>;
}

export interface SnapshotsDeps {
  readonly paths: TwinPaths;
  readonly registry: Registry;
  readonly twin: Twin;
  readonly faults: Faults;
  readonly requests: Pick<FaultRequests, 'read'>;
  readonly freezer: Freezer;
  readonly report: (text: string) => void;
}

export function createSnapshots(deps: SnapshotsDeps): Snapshots {
  const { registry, faults, report } = deps;
  const stopping = new AbortController();
  let underWay: Promise<unknown> | undefined;
  let tidying: Promise<unknown> = Promise.resolve();
  const snapshotTwin = twinFor(deps, (work) => {
    tidying = work().catch((error: unknown) => report(`what a snapshot has replaced could not be removed: ${String(error)}`));
  });

  /** What is attached can neither be stopped nor put back. */
  function requireOwn(): void {
    const attached = Object.keys(registry.state.attached).filter((name) => /:(postgres|queue|secrets)$/.test(name));
    if (attached.length > 0)
      throw new Error(`${attached.join(', ')} is attached, and a snapshot holds only what the twin keeps itself: save it where it is kept`);
  }

  /** Throws where a fault keeps what a snapshot has to read from answering. */
  function requireAnswering(): void {
    const kept = new Set(registry.state.regions.flatMap((region) => [`${region}-postgres`, `${region}-cloud`]));
    const inTheWay = registry.state.faults.filter(({ kind, target }) => kind === 'process' && kept.has(target));
    if (inTheWay.length === 0) return;
    const broken = inTheWay.map(({ target, summary }) => `${target}, ${summary}`).join('; ');
    throw new Error(
      `what a snapshot has to read does not answer: ${broken}\n  npm run sim -- fault heal ${inTheWay.map(({ id }) => id).join(' ')}`,
    );
  }

  const loadFaults = (changes: FaultChanges): LoadFaults => ({
    heal: changes.heal,
    async setClock({ process, skewMs, leftMs }) {
      const [fault] = await changes.add(deps.requests.read({ kind: 'clock', targets: [process], forMs: leftMs, params: { skewMs } }));
      if (fault === undefined) throw new Error('it is not in force');
      return fault;
    },
  });

  async function alone<Result>(what: string, work: (faults: FaultChanges) => Promise<Result>): Promise<Result> {
    if (registry.state.phase !== 'ready')
      throw new Error(`the twin is ${registry.state.phase}: wait until it is ready (npm run sim:status)`);
    if (underWay !== undefined) throw new Error('another snapshot is being saved or loaded: wait until it is done');
    registry.update({ progress: [] });
    const done = tidying.then(() => faults.hold(work));
    underWay = done;
    try {
      const result = await done;
      report(`${what}: done`);
      return result;
    } catch (error) {
      report(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    } finally {
      underWay = undefined;
    }
  }

  return {
    async save(request, signal) {
      requireOwn();
      return alone(`saving the snapshot ${request.name}`, () => {
        requireAnswering();
        return saveSnapshot(request, snapshotTwin, AbortSignal.any([signal, stopping.signal]));
      });
    },
    async load({ name, region }, signal) {
      requireOwn();
      const either = AbortSignal.any([signal, stopping.signal]);
      if (region !== undefined)
        return alone(`restoring ${region}'s database from ${name}`, (changes) =>
          restoreDatabase(name, region, snapshotTwin, loadFaults(changes), either),
        );
      return alone(`loading the snapshot ${name}`, async (changes) => {
        try {
          return await loadSnapshot(name, snapshotTwin, loadFaults(changes), either);
        } finally {
          if (registry.state.phase === 'starting') registry.update({ phase: 'ready' });
        }
      });
    },
    async stop() {
      stopping.abort(new Error('the twin is being stopped'));
      await underWay?.catch(() => undefined);
      await tidying;
    },
  };
}

function twinFor({ paths, registry, twin, freezer, report }: SnapshotsDeps, afterwards: SnapshotTwin['afterwards']): SnapshotTwin {
  const docker = registry.state.mode === 'docker';
  const address = (name: string): string => {
    const url = registry.address(name);
    if (url === undefined) throw new Error(`${name} has not been started`);
    return url;
  };
  const inRegions = (): readonly Region[] => registry.state.regions;
  // Mail and payments are in memory beside their files. The clouds read the secrets when the file changes, and queues are made anew; but in Docker the MNS gateway would go
  // on to tell of messages in flight that are gone.
  const backends = (): string[] => ['mail', ...inRegions().map(paymentsProcess), ...(docker ? ['china-cloud'] : [])];
  const services = (): string[] => {
    const groups = new Set<string | undefined>(inRegions().map(servicesGroup));
    return processesIn(registry.state).flatMap((spec) => (spec.group !== undefined && groups.has(spec.group) ? [spec.name] : []));
  };

  const databases = docker
    ? dockerDatabases({
        container: (region) => `${composeProject(paths.simDir)}-${region}-postgres-1`,
        superuserUrl(region) {
          const url = new URL(withRole(address(`${region}:postgres`), 'postgres', dockerPassword(paths)));
          url.pathname = '/postgres';
          return url.href;
        },
        passwords: (region) => readRolePasswords(paths, region),
        async onAddress(region, url) {
          registry.setAddress(`${region}:postgres`, url);
          await twin.contextOf('docker').onAddress(`${region}:postgres`, url);
        },
      })
    : embeddedDatabases({
        dataDir: (region) => paths.postgres(region),
        port: (region) => Number(new URL(address(`${region}:postgres`)).port),
        stop: (region) => twin.cut([`${region}-postgres`]),
        start: (region) => twin.begin([`${region}-postgres`]),
      });

  function queues(region: Region): TwinQueues {
    const url = address(region === 'china' ? 'china:queue-backend' : 'world:queue');
    const http = createHttpCall(url, awsRegion);
    return { call: http.call, close: () => http.close(), read: (name) => reader(region, url, http.call, name)() };
  }

  function reader(region: Region, url: string, call: TwinQueues['call'], name: string): ReadQueue {
    if (!docker) return fauxqsQueue(url, name);
    return region === 'world' ? localstackQueue(url, name, call) : elasticmqQueue(address('china:queue'), name, call);
  }

  return {
    paths,
    state: () => registry.state,
    // The embedded driver's version names the server, Docker's image is pinned to the same major one.
    postgresMajor: (region) => /\d+/.exec(registry.state.versions[`${region}:postgres`] ?? '17')?.[0] ?? '',
    databases,
    queues,
    freeze: () => freezer.freeze(),
    async stopProcesses() {
      registry.update({ phase: 'starting' });
      await twin.cut([...services(), ...backends()]);
    },
    async startBackends() {
      const filling = async (): Promise<void> => {
        if (!docker) return;
        const content = { credentials: readCredentials(paths, 'world'), secrets: readSecrets(paths, 'world') };
        await fillLocalStack({ endpoint: address('world:queue'), ...content });
      };
      const outcomes = await Promise.allSettled([twin.begin(backends()), filling()]);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
    startServices: () => twin.begin(services()),
    migrate: () => twin.migrate(),
    reconcile: () => twin.reconcile(),
    afterwards,
    progress(text) {
      registry.progress(text);
      report(text);
    },
  };
}
