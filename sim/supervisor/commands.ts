import { join } from 'node:path';
import { placeOf } from '../attach/attachments.ts';
import { attachedEnvironment, attachedRoutes, regionOf, type AttachedUrls } from '../attach/environment.ts';
import { cacheDir, checkoutDir } from '../paths.ts';
import {
  frontArguments,
  panelUrlOf,
  paymentsEnvironment,
  queueName,
  queueNames,
  servicesEnvironment,
  signInEnvironment,
} from '../topology/environment.ts';
import { serviceFlags, standInFlags } from '../topology/node-flags.ts';
import { smsSignName, smsTemplates } from '../topology/sms.ts';
import { paymentsProcess, type ProcessSpec } from '../topology/processes.ts';
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
 * How a process of the topology is started now; what listened somewhere before a restart comes back there.
 */
export function commandOf(spec: ProcessSpec, context: CommandContext): NodeCommand {
  if (spec.serves !== undefined) return serviceCommand(spec, context, servicePorts(spec, context.registry));
  if (spec.region !== undefined && spec.name === paymentsProcess(spec.region)) return paymentsCommand(spec.region, context);
  return { args: [...standInFlags, ...argumentsOf(spec, context)], env: context.environment };
}

/** How a process is started while the one of its name still runs: on ports of its own. */
export function successorCommand(spec: ProcessSpec, context: CommandContext): NodeCommand {
  if (spec.serves !== undefined) return serviceCommand(spec, context, {});
  const { registry } = context;
  const address = (name: string): string | undefined => (spec.announces.includes(name) ? undefined : registry.address(name));
  return commandOf(spec, { ...context, registry: { ...registry, address } });
}

function serviceCommand({ name, region, serves = [] }: ProcessSpec, context: CommandContext, ports: Record<string, number>): NodeCommand {
  if (region === undefined) throw new RangeError(`${name} serves in no region`);
  const command = programCommand(region, { name, service: `${region}-services`, serves, ports }, context);
  return context.registry.state.image ? command : { ...command, args: [...serviceFlags, ...command.args], ipc: true };
}

/** The sandbox reads the region's secrets as the services do, and nothing else of theirs; it reaches out as little as they do. */
function paymentsCommand(region: Region, { paths, registry, environment }: CommandContext): NodeCommand {
  const port = portOf(registry.address(`${region}:payments`));
  const { links } = registry.state;
  const attached = attachedUrls(registry);
  const env = {
    ...environment,
    ...regionEnvironment(region, registry, attached, {}),
    ...paymentsEnvironment(region, links, port),
    ...guardEnvironment(attachedRoutes(region, attached, links), 0),
    PAYMENT_SANDBOX_LEDGER_FILE: paths.paymentLedger(region),
  };
  return { args: [...standInFlags, ...preloadArguments(), source('services/order/payments/sandbox/main.ts')], env };
}

/** What the preload is told. A client that looks the name of what is attached up by itself must be let ask. */
function guardEnvironment(routes: Readonly<Record<string, string>>, skewMs: number): Record<string, string> {
  return preloadEnvironment({ allow: Object.keys(routes), skewMs, routes });
}

/** How a region's migrations are run. */
export function migrationCommand(region: Region, context: CommandContext): NodeCommand {
  const name = `${region}-migrate`;
  return programCommand(region, { name, service: name, serves: ['migrate'], ports: {} }, context);
}

/** One run of the product's entry point: what it is called here and in compose.yaml, what it serves and where. */
interface Program {
  readonly name: string;
  readonly service: string;
  readonly serves: readonly string[];
  readonly ports: Readonly<Record<string, number>>;
}

function programCommand(region: Region, { name, service, serves, ports }: Program, context: CommandContext): NodeCommand {
  const { registry, paths } = context;
  const { image, links, skews } = registry.state;
  const attached = attachedUrls(registry);
  const env = { ...context.environment, ...regionEnvironment(region, registry, attached, ports), SERVICES: serves.join(',') };
  // The launcher of a container of the production image, in which nothing can be loaded first.
  if (image) return { args: [source('sim/docker/app-container.ts'), '--sim-dir', paths.simDir, '--service', service, '--name', name], env };
  const told = guardEnvironment(attachedRoutes(region, attached, links), skews[name] ?? 0);
  return { args: [...preloadArguments(), source('services/main.ts')], env: { ...env, ...told } };
}

function regionEnvironment(
  region: Region,
  registry: Registry,
  attached: AttachedUrls,
  ports: Readonly<Record<string, number>>,
): Record<string, string> {
  const panel = registry.address('admin');
  const environment = {
    ...servicesEnvironment(region, registry.state.links, ports),
    ...signInEnvironment(registry.state.secondFactor, panel === undefined ? undefined : panelUrlOf(panel)),
    ...attachedEnvironment(region, attached),
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

function argumentsOf(spec: ProcessSpec, { paths, registry }: CommandContext): string[] {
  const { name } = spec;
  const port = (flag: string, address: string): string[] => [flag, String(portOf(registry.address(address)))];
  const standin = (folder: string): string => source(`sim/standins/${folder}/main.ts`);
  const { attached, faults, mode } = registry.state;
  /** What a cloud's stand-in has to offer stands in its spec; what it does not is in a container, or the user's. */
  const cloudFlags = ({ region = 'world', announces }: ProcessSpec): string[] => {
    const offers = (part: string): boolean => announces.includes(`${region}:${part}`);
    const backend = region === 'world' ? 'world:queue' : 'china:queue-backend';
    const queue = `${region}:queue`;
    return [
      ...(offers('queue') ? port('--queue-port', queue) : ['--no-queue']),
      ...(mode === 'docker' && attached[queue] === undefined ? ['--backend-url', needed(registry, backend)] : []),
      ...(region === 'china' && faults.some(({ target }) => target === queue) ? ['--held'] : []),
      ...port('--secrets-port', `${region}:${offers('secrets') ? 'secrets' : 'credentials'}`),
      '--secrets-file',
      paths.secrets(region),
      ...queueNames.flatMap((name) => ['--queue', name]),
    ];
  };
  const sinkFlags = ({ announces }: ProcessSpec): string[] => [
    ...(announces.includes('mail:smtp') ? port('--smtp-port', 'mail:smtp') : ['--no-smtp']),
    ...port('--http-port', 'sms'),
    ...port('--sns-port', 'sms:sns'),
    ...port('--dysms-port', 'sms:dysms'),
    ...regions.flatMap((region) => [`--${region}-secrets`, paths.secrets(region)]),
    '--dysms-sign',
    smsSignName,
    ...smsTemplates.flatMap(({ code, content }) => ['--dysms-template', `${code}=${content}`]),
    '--dir',
    paths.mail,
  ];
  switch (name) {
    case 'toxiproxy':
      return [standin('toxiproxy'), ...port('--port', 'toxiproxy')];
    case 'mail':
      return [standin('mail'), ...sinkFlags(spec)];
    case 'world-cloud':
    case 'china-cloud':
      return [standin(name), ...cloudFlags(spec)];
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
