import { listeners, peerOf, regions, type Region } from './regions.ts';

/** One process of the twin and what it offers. How it is started is the supervisor's business. */
export interface ProcessSpec {
  readonly name: string;
  readonly region?: Region;
  /** The addresses that it announces, as `component` or `region:service`. */
  readonly announces: readonly string[];
  /** Names under which an address is known instead of the one that the process announces. */
  readonly announcedAs?: Readonly<Record<string, string>>;
  /** Its place in the order of stopping: lower ones first, so that nothing loses what it still needs. */
  readonly stopStage: number;
}

const stage = { front: 0, services: 1, cloud: 2, toxiproxy: 3, postgres: 4 } as const;

const admin: ProcessSpec = { name: 'admin', announces: ['admin'], stopStage: stage.front };
const mail: ProcessSpec = { name: 'mail', announces: ['mail', 'mail:smtp'], stopStage: stage.cloud };
const toxiproxy: ProcessSpec = { name: 'toxiproxy', announces: ['toxiproxy'], stopStage: stage.toxiproxy };

function regionProcesses(region: Region): ProcessSpec[] {
  return [
    { name: `${region}-postgres`, region, announces: [`${region}:postgres`], stopStage: stage.postgres },
    { name: `${region}-cloud`, region, announces: [`${region}:queue`, `${region}:secrets`], stopStage: stage.cloud },
    { name: `${region}-services`, region, announces: Object.keys(listeners).map((name) => `${region}:${name}`), stopStage: stage.services },
    { name: `${region}-front`, region, announces: [`${region}:front`], stopStage: stage.front },
  ];
}

/** The processes of the embedded twin. */
export const embeddedProcesses: readonly ProcessSpec[] = [admin, mail, toxiproxy, ...regions.flatMap(regionProcesses)];

/** In Docker one child looks after the containers, and offers what they offer. */
const docker: ProcessSpec = {
  name: 'docker',
  announces: ['toxiproxy', ...regions.map((region) => `${region}:postgres`), 'world:queue', 'world:secrets', 'china:queue-backend'],
  stopStage: stage.toxiproxy,
};

/** LocalStack has the world's queue and secrets, but no endpoint for a container's credentials: the stand-in keeps that part. */
function inDocker(spec: ProcessSpec): ProcessSpec {
  if (spec.name !== 'world-cloud') return spec;
  return { ...spec, announces: ['world:credentials'], announcedAs: { 'world:secrets': 'world:credentials' } };
}

/** The processes of the twin in Docker. */
export const dockerProcesses: readonly ProcessSpec[] = [
  docker,
  ...embeddedProcesses.filter((spec) => spec.name !== 'toxiproxy' && !spec.name.endsWith('-postgres')).map(inDocker),
];

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
