import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkoutDir } from '#sim/paths.ts';
import { baseEnvironment } from '#sim/supervisor/commands.ts';
import { ensureSecrets, readRolePasswords } from '#sim/supervisor/secrets.ts';
import { makeTwinFolders, twinPaths } from '#sim/supervisor/state.ts';
import { queueName, servicesEnvironment } from '#sim/topology/environment.ts';
import { links } from '#sim/topology/links.ts';
import { serviceFlags, standInFlags } from '#sim/topology/node-flags.ts';
import { regions, type Region } from '#sim/topology/regions.ts';

import { startBorder, type Border } from './border.ts';
import { runNode, startNode, type NodeProcess } from '../../rig/processes.ts';
import { startServer, type Server } from '../../rig/server.ts';

/** Two regions without fronts: servers, clouds, and the services that a case starts. Nothing between them but what a case puts there. */
export interface Rig {
  readonly world: Server;
  readonly china: Server;
  readonly border: Border;
  /** The ingest of China, which stays up. */
  readonly ingest: NodeProcess;
  /** Addresses by link: the region's own, without a proxy between. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly secretsFile: (region: Region) => string;
  /** Empties the world's queue by starting its cloud anew, where it was: a long poll of a worker that has gone would still take messages. */
  renewQueue(): Promise<void>;
  /** Starts services of a region in a process of their own, as they ship; `env` is added to what the twin gives them. */
  start(name: string, region: Region, services: string, env?: Readonly<Record<string, string>>): Promise<NodeProcess>;
  stop(): Promise<void>;
}

const NOWHERE = '127.0.0.1:1';
const hostOf = (url: string): string => new URL(url).host;
const inCheckout = (path: string): string => join(checkoutDir, path);

/**
 * Starts everything in a folder of its own below the system's temporary one. `own` is the environment of this process. `onTeardown` gets each
 * step that undoes something, in the order in which it was made.
 */
async function build(dir: string, own: NodeJS.ProcessEnv, onTeardown: (undo: () => Promise<void>) => void): Promise<Omit<Rig, 'stop'>> {
  const paths = twinPaths(dir);
  makeTwinFolders(paths);
  ensureSecrets(paths);
  const marker = `MADEINWORLD_BENCH=${dir}`;
  const environment = baseEnvironment(marker, own);
  const keep = async <Thing extends { stop: () => Promise<void> }>(starting: Promise<Thing>): Promise<Thing> => {
    const thing = await starting;
    onTeardown(() => thing.stop());
    return thing;
  };
  const common = (name: string) => ({ name, env: environment, logFile: paths.log(name), marker });
  const startCloud = (region: Region, ports: readonly string[] = []): Promise<NodeProcess> => {
    const files = [...ports, '--secrets-file', paths.secrets(region), '--queue', queueName];
    const path = inCheckout(`sim/standins/${region}-cloud/main.ts`);
    return keep(startNode({ ...common(`${region}-cloud`), region, args: [...standInFlags, path, ...files] }));
  };
  const [world, china, firstCloud, chinaCloud, border] = await Promise.all([
    keep(startServer('world', dir, readRolePasswords(paths, 'world'))),
    keep(startServer('china', dir, readRolePasswords(paths, 'china'))),
    startCloud('world'),
    startCloud('china'),
    keep(startBorder(common('toxiproxy'))),
  ]);
  let worldCloud = firstCloud;
  const portOf = (name: string): string => new URL(worldCloud.url(name)).port;
  const worldPorts = ['--queue-port', portOf('world:queue'), '--secrets-port', portOf('world:secrets')];
  const addresses: Record<string, string> = {
    ...Object.fromEntries(links.map((link) => [link.name, NOWHERE])),
    'world:postgres': `127.0.0.1:${world.port}`,
    'china:postgres': `127.0.0.1:${china.port}`,
    'world:queue': hostOf(worldCloud.url('world:queue')),
    'world:secrets': hostOf(worldCloud.url('world:secrets')),
    'china:queue': hostOf(chinaCloud.url('china:queue')),
    'china:secrets': hostOf(chinaCloud.url('china:secrets')),
  };
  const services = (name: string, region: Region, list: string, env: Readonly<Record<string, string>> = {}) => ({
    ...common(name),
    region,
    args: [...serviceFlags, inCheckout('services/main.ts')],
    env: { ...environment, ...servicesEnvironment(region, addresses), SERVICES: list, ...env },
  });
  await Promise.all(regions.map((region) => runNode(services(`${region}-migrate`, region, 'migrate'))));
  const start: Rig['start'] = (name, region, list, env) => keep(startNode(services(name, region, list, env)));
  const ingest = await start('china-ingest', 'china', 'sync-ingest');
  const renewQueue = async (): Promise<void> => {
    await worldCloud.stop();
    worldCloud = await startCloud('world', worldPorts);
  };
  return { world, china, border, ingest, renewQueue, addresses, secretsFile: paths.secrets, start };
}

/** Starts the rig. `stop` ends what it started, in the reverse order, and removes its data; a failure to start does the same. */
export async function startRig(own: NodeJS.ProcessEnv): Promise<Rig> {
  const dir = await mkdtemp(join(tmpdir(), 'madeinworld-bench-'));
  // As root, PostgreSQL runs as somebody else, who must be able to pass through: else its files would be kept elsewhere, and stay.
  await chmod(dir, 0o711);
  const undos: (() => Promise<void>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await undo().catch(() => undefined);
  };
  try {
    return { ...(await build(dir, own, (undo) => undos.push(undo))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
