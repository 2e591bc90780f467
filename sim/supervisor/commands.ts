import { join } from 'node:path';
import { placeOf } from '../attach/attachments.ts';
import { attachedEnvironment, attachedRoutes, regionOf, type AttachedUrls } from '../attach/environment.ts';
import { cacheDir, checkoutDir } from '../paths.ts';
import { frontArguments, queueName, servicesEnvironment } from '../topology/environment.ts';
import type { ProcessSpec } from '../topology/processes.ts';
import { preloadArguments, preloadEnvironment } from '../preload/control.ts';
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
export function commandOf(spec: ProcessSpec, context: CommandContext): NodeCommand {
  if (spec.serves !== undefined) return serviceCommand(spec, context, servicePorts(spec, context.registry));
  return { args: ['--max-semi-space-size=2', ...argumentsOf(spec.name, context)], env: context.environment };
}

/** How services are started that take the place of others which still run: on ports of their own. */
export function successorCommand(spec: ProcessSpec, context: CommandContext): NodeCommand {
  return serviceCommand(spec, context, {});
}

function serviceCommand(spec: ProcessSpec, context: CommandContext, ports: Record<string, number>): NodeCommand {
  const { name, region, serves = [] } = spec;
  const { registry, paths } = context;
  if (region === undefined) throw new RangeError(`${name} serves in no region`);
  const env = { ...context.environment, ...regionEnvironment(region, registry, ports), SERVICES: serves.join(',') };
  if (registry.state.image) return { args: imageArguments(paths, `${region}-services`, name), env };
  const routes = attachedRoutes(region, attachedUrls(registry), registry.state.links);
  const told = preloadEnvironment({ allow: [], skewMs: registry.state.skews[name] ?? 0, routes });
  return { args: ['--max-semi-space-size=8', ...preloadArguments(), source('services/main.ts')], env: { ...env, ...told }, ipc: true };
}

/** The launcher of a container of the production image: the services of a region's kind, under the process's own name. */
function imageArguments({ simDir }: TwinPaths, service: string, name: string): string[] {
  return [source('sim/docker/app-container.ts'), '--sim-dir', simDir, '--service', service, '--name', name];
}

/** How a region's migrations are run. */
export function migrationCommand(region: Region, context: CommandContext): NodeCommand {
  const env = { ...context.environment, ...regionEnvironment(region, context.registry, {}), SERVICES: 'migrate' };
  const service = `${region}-migrate`;
  if (context.registry.state.image) return { args: imageArguments(context.paths, service, service), env };
  const routes = attachedRoutes(region, attachedUrls(context.registry), context.registry.state.links);
  const told = preloadEnvironment({ allow: [], skewMs: 0, routes });
  return { args: [...preloadArguments(), source('services/main.ts')], env: { ...env, ...told } };
}

function regionEnvironment(region: Region, registry: Registry, ports: Record<string, number>): Record<string, string> {
  const environment = {
    ...servicesEnvironment(region, registry.state.links, ports),
    ...attachedEnvironment(region, attachedUrls(registry)),
  };
  const credentials = registry.address(`${region}:credentials`);
  if (credentials === undefined) return environment;
  const variable = region === 'world' ? 'AWS_CONTAINER_CREDENTIALS_FULL_URI' : 'ALIBABA_CLOUD_CREDENTIALS_URI';
  return { ...environment, [variable]: `${credentials}/credentials` };
}

/** Where what is attached really is. */
function attachedUrls(registry: Registry): AttachedUrls {
  const entries = Object.keys(registry.state.attached).map((name) => [name, registry.address(name)] as const);
  return Object.fromEntries(entries.flatMap(([name, url]) => (url === undefined ? [] : [[name, url]])));
}

function argumentsOf(name: string, { paths, registry }: CommandContext): string[] {
  const port = (flag: string, address: string): string[] => [flag, String(portOf(registry.address(address)))];
  const standin = (folder: string): string => source(`sim/standins/${folder}/main.ts`);
  const { attached } = registry.state;
  const docker = registry.state.mode === 'docker';
  const own = (address: string, instead: string): string => (attached[address] === undefined ? address : instead);
  const cloud = (region: Region): string[] => [
    standin(`${region}-cloud`),
    ...(attached[`${region}:queue`] === undefined ? port('--queue-port', `${region}:queue`) : ['--no-queue']),
    ...port('--secrets-port', own(`${region}:secrets`, `${region}:credentials`)),
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
      if (!docker || attached['world:queue'] !== undefined) return cloud('world');
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
    case 'world-scheduler':
    case 'china-scheduler': {
      const region = name === 'world-scheduler' ? 'world' : 'china';
      const queueUrl = needed(registry, `${region}:queue`);
      const flags = {
        '--cloud': region === 'world' ? 'aws' : 'alibaba',
        '--queue-url': queueUrl,
        '--default-queue': queueName,
        '--aws-region': regionOf(queueUrl),
        '--secrets-file': paths.secrets(region),
      };
      return [standin('scheduler'), ...Object.entries(flags).flat()];
    }
    case 'china-cloud': {
      const backend = docker && attached['china:queue'] === undefined ? ['--backend-url', needed(registry, 'china:queue-backend')] : [];
      const faulty = registry.state.faults.some(({ target }) => target === 'china:queue');
      return [...cloud('china'), ...backend, ...(faulty ? ['--held'] : [])];
    }
    case 'world-front':
    case 'china-front': {
      const region = name === 'world-front' ? 'world' : 'china';
      return [standin(name), ...port('--port', `${region}:front`), ...frontArguments(region, registry.state.links)];
    }
    case 'admin': {
      const fronts = registry.state.regions.flatMap((region) => [`--${region}-url`, needed(registry, `${region}:front`)]);
      return [standin('admin'), ...port('--port', 'admin'), ...fronts, '--dist', adminDist];
    }
    case 'dns': {
      const front = (region: Region): string => placeOf(needed(registry, `${region}:front`));
      const admin = placeOf(needed(registry, 'admin'));
      const endpoints = regions.flatMap((region) => [
        `device-api.${region}.madeinworld.com=${front(region)}`,
        `admin.${region}.madeinworld.com=${admin}`,
      ]);
      const told = endpoints.flatMap((endpoint) => ['--endpoint', endpoint]);
      return [standin('dns'), ...port('--port', 'dns'), '--table', source('infra/dns/geo-routing.json'), ...told];
    }
    case 'docker':
      return [
        source('sim/docker/main.ts'),
        '--sim-dir',
        paths.simDir,
        ...Object.keys(attached).flatMap((component) => ['--without', component]),
      ];
    default:
      throw new RangeError(`nothing is known of a process called ${name}`);
  }
}

function servicePorts({ region, announces }: ProcessSpec, registry: Registry): Record<string, number> {
  const own = Object.keys(listeners).filter((name) => announces.includes(`${region}:${name}`));
  return Object.fromEntries(own.map((name) => [name, portOf(registry.address(`${region}:${name}`))]));
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
