import { listeners, peerOf, programs, regions, services, type Region } from './regions.ts';

/** One process of the twin and what it offers. How it is started is the supervisor's business. */
export interface ProcessSpec {
  readonly name: string;
  readonly region?: Region;
  /** The addresses that it announces, as `component` or `region:service`. */
  readonly announces: readonly string[];
  /** Names under which an address is known instead of the one that the process announces. */
  readonly announcedAs?: Readonly<Record<string, string>>;
  /** What SERVICES names for it, where it runs services of the product. */
  readonly serves?: readonly string[];
  /** The name under which it is known together with others: `world-services` is all that serves in the world. */
  readonly group?: string;
  /** Its place in the order of stopping: lower ones first, so that nothing loses what it still needs. */
  readonly stopStage: number;
}

/** What decides which processes there are. */
export interface Layout {
  readonly mode: 'embedded' | 'docker';
  /** Each service in a process of its own, as production runs them; else a region's services share one. */
  readonly split: boolean;
}

const stage = { front: 0, services: 1, cloud: 2, toxiproxy: 3, postgres: 4 } as const;

const admin: ProcessSpec = { name: 'admin', announces: ['admin'], stopStage: stage.front };
const mail: ProcessSpec = { name: 'mail', announces: ['mail', 'mail:smtp'], stopStage: stage.cloud };
const toxiproxy: ProcessSpec = { name: 'toxiproxy', announces: ['toxiproxy'], stopStage: stage.toxiproxy };

/** All that serves in a region, whatever processes that are. */
export const servicesGroup = (region: Region): string => `${region}-services`;

function serviceProcesses(region: Region, split: boolean): ProcessSpec[] {
  const shared = { region, group: servicesGroup(region), stopStage: stage.services };
  const announced = (names: readonly string[]): string[] => names.map((name) => `${region}:${name}`);
  if (!split) return [{ ...shared, name: shared.group, announces: announced(Object.keys(listeners)), serves: services }];
  return Object.entries(programs).map(([program, names]) => ({
    ...shared,
    name: `${region}-${program}`,
    announces: announced(names),
    serves: [program],
  }));
}

/** Where a region's cloud process is told of faults. */
export const cloudControl = (region: Region): string => `${region}:cloud-control`;

function regionProcesses(region: Region, split: boolean): ProcessSpec[] {
  return [
    { name: `${region}-postgres`, region, announces: [`${region}:postgres`], stopStage: stage.postgres },
    { name: `${region}-cloud`, region, announces: [`${region}:queue`, `${region}:secrets`, cloudControl(region)], stopStage: stage.cloud },
    ...serviceProcesses(region, split),
    { name: `${region}-front`, region, announces: [`${region}:front`], stopStage: stage.front },
  ];
}

/** In Docker one child looks after the containers, and offers what they offer. */
const docker: ProcessSpec = {
  name: 'docker',
  announces: ['toxiproxy', ...regions.map((region) => `${region}:postgres`), 'world:queue', 'world:secrets', 'china:queue-backend'],
  stopStage: stage.toxiproxy,
};

/** LocalStack has the world's queue and secrets, but no endpoint for a container's credentials: the stand-in keeps that part. */
function inDocker(spec: ProcessSpec): ProcessSpec {
  if (spec.name !== 'world-cloud') return spec;
  return { ...spec, announces: ['world:credentials', cloudControl('world')], announcedAs: { 'world:secrets': 'world:credentials' } };
}

/** The processes of a twin of this layout. */
export function processesIn({ mode, split }: Layout): readonly ProcessSpec[] {
  const all = [admin, mail, toxiproxy, ...regions.flatMap((region) => regionProcesses(region, split))];
  if (mode === 'embedded') return all;
  return [docker, ...all.filter((spec) => spec.name !== 'toxiproxy' && !spec.name.endsWith('-postgres')).map(inDocker)];
}

/** The components that users see, and what each is. */
export interface ComponentSpec {
  readonly name: string;
  readonly title: string;
}

export const components: readonly ComponentSpec[] = [
  ...regions.flatMap((region): ComponentSpec[] => [
    { name: `${region}:postgres`, title: 'PostgreSQL' },
    { name: `${region}:queue`, title: region === 'world' ? 'SQS' : 'MNS gateway' },
    { name: `${region}:secrets`, title: region === 'world' ? 'Secrets Manager' : 'KMS secrets' },
    { name: `${region}:front`, title: region === 'world' ? 'Cloudflare Worker (workerd)' : 'API gateway' },
  ]),
  { name: 'toxiproxy', title: 'Toxiproxy' },
  { name: 'mail', title: 'mail sink' },
  { name: 'admin', title: 'admin panel' },
];

/** The directions of sync, each named by where it comes from and where it goes. */
export const directions = regions.map((from) => ({ name: `${from}-${peerOf(from)}`, from, to: peerOf(from) }));
