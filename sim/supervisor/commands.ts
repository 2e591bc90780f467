import { join } from 'node:path';
import { cacheDir, checkoutDir } from '../paths.ts';
import { frontArguments, queueName, servicesEnvironment } from '../topology/environment.ts';
import { listeners, regions, type Region } from '../topology/regions.ts';
import type { NodeCommand } from './child.ts';
import type { Registry } from './registry.ts';
import type { TwinPaths } from './state.ts';

export const adminDist = join(cacheDir, 'admin-dist');

const inherited = [
  'PATH',
  'HOME',
  'USER',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'DOCKER_HOST',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
];

/**
 * glibc's malloc keeps what large buffers leave behind (mallopt(3): a freed one raises the threshold above which memory goes back at once, and each thread has
 * an arena of its own): some 200 MB in a worker at full load. Fixed thresholds and few arenas give it back. Elsewhere than glibc these mean nothing.
 */
const tightMalloc = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '262144' } as const;

/**
 * The environment that every child gets: what a program needs to run at all, and nothing that could lead a client
 * to a real cloud (no AWS_*, no ALIBABA_*, no proxies).
 */
export function baseEnvironment(marker: string, own: NodeJS.ProcessEnv): Record<string, string> {
  const kept = inherited.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  const [name = '', value = ''] = marker.split('=');
  return {
    ...Object.fromEntries(kept),
    TZ: 'UTC',
    TESTCONTAINERS_RYUK_DISABLED: 'true',
    NODE_COMPILE_CACHE: join(cacheDir, 'node'),
    ...tightMalloc,
    [name]: value,
  };
}

export interface CommandContext {
  readonly paths: TwinPaths;
  readonly registry: Registry;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * How a process of the topology is started now; what listened somewhere before a restart comes back there. Young
 * generations are kept small (MB a semi-space): a dozen processes share one machine, and V8 would let each grow as if it were alone.
 */
export function commandOf(name: string, context: CommandContext): NodeCommand {
  const args = argumentsOf(name, context);
  const region = regions.find((candidate) => name === `${candidate}-services`);
  const own = region === undefined ? {} : regionEnvironment(region, context.registry, servicePorts(region, context.registry));
  return { args: [`--max-semi-space-size=${region === undefined ? 2 : 8}`, ...args], env: { ...context.environment, ...own } };
}

/** How a region's migrations are run. */
export function migrationCommand(region: Region, context: CommandContext): NodeCommand {
  const env = { ...context.environment, ...regionEnvironment(region, context.registry, {}), SERVICES: 'migrate' };
  return { args: [source('services/main.ts')], env };
}

function regionEnvironment(region: Region, registry: Registry, ports: Record<string, number>): Record<string, string> {
  const environment = servicesEnvironment(region, registry.state.links, ports);
  if (region !== 'world' || registry.state.mode !== 'docker') return environment;
  return { ...environment, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${needed(registry, 'world:credentials')}/credentials` };
}

function argumentsOf(name: string, { paths, registry }: CommandContext): string[] {
  const port = (flag: string, address: string): string[] => [flag, String(portOf(registry.address(address)))];
  const standin = (folder: string): string => source(`sim/standins/${folder}/main.ts`);
  const docker = registry.state.mode === 'docker';
  const cloud = (region: Region): string[] => [
    standin(`${region}-cloud`),
    ...port('--queue-port', `${region}:queue`),
    ...port('--secrets-port', `${region}:secrets`),
    '--secrets-file',
    paths.secrets(region),
    '--queue',
    queueName,
  ];
  switch (name) {
    case 'toxiproxy':
      return [standin('toxiproxy'), ...port('--port', 'toxiproxy')];
    case 'mail':
      return [standin('mail'), ...port('--smtp-port', 'mail:smtp'), ...port('--http-port', 'mail'), '--dir', paths.mail];
    case 'world-cloud':
      if (!docker) return cloud('world');
      return [
        standin(name),
        '--no-queue',
        '--backend-url',
        needed(registry, 'world:queue'),
        '--queue',
        queueName,
        ...port('--secrets-port', 'world:credentials'),
        '--secrets-file',
        paths.secrets('world'),
      ];
    case 'china-cloud':
      return docker ? [...cloud('china'), '--backend-url', needed(registry, 'china:queue-backend')] : cloud('china');
    case 'world-front':
    case 'china-front': {
      const region = name === 'world-front' ? 'world' : 'china';
      return [standin(name), ...port('--port', `${region}:front`), ...frontArguments(region, registry.state.links)];
    }
    case 'admin': {
      const fronts = registry.state.regions.flatMap((region) => [`--${region}-url`, needed(registry, `${region}:front`)]);
      return [standin('admin'), ...port('--port', 'admin'), ...fronts, '--dist', adminDist];
    }
    case 'world-services':
    case 'china-services':
      return [source('services/main.ts')];
    case 'docker':
      return [source('sim/docker/main.ts'), '--sim-dir', paths.simDir];
    default:
      throw new RangeError(`nothing is known of a process called ${name}`);
  }
}

function servicePorts(region: Region, registry: Registry): Record<string, number> {
  return Object.fromEntries(Object.keys(listeners).map((name) => [name, portOf(registry.address(`${region}:${name}`))]));
}

function portOf(url: string | undefined): number {
  return url === undefined ? 0 : Number(new URL(url).port);
}

function needed(registry: Registry, address: string): string {
  const url = registry.address(address);
  if (url === undefined) throw new Error(`${address} has not announced itself yet`);
  return url;
}

function source(path: string): string {
  return join(checkoutDir, path);
}
