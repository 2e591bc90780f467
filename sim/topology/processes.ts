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
  /** Set where links alone lead to it, so that another can take its place while it serves. */
  readonly succeeded?: true;
  /** Set where what it announces is of use by itself, before the process is ready. */
  readonly piecemeal?: true;
  /** Its place in the order of stopping: lower ones first, so that nothing loses what it still needs. */
  readonly stopStage: number;
}

/** What decides which processes there are. */
export interface Layout {
  readonly mode: 'embedded' | 'docker';
  /** Each service in a process of its own, as production runs them; else a region's services share one. */
  readonly split: boolean;
  /** The components that the user has attached, by name: nothing is started for them. */
  readonly attached: Readonly<Record<string, unknown>>;
}

const stage = { front: 0, services: 1, cloud: 2, toxiproxy: 3, postgres: 4 } as const;

const admin: ProcessSpec = { name: 'admin', announces: ['admin'], stopStage: stage.front };
/** Answers with the fronts' addresses, so it comes after them. */
const dns: ProcessSpec = { name: 'dns', announces: ['dns'], stopStage: stage.front };
/** Keeps mails and text messages, and shows both under either name. */
const mail: ProcessSpec = { name: 'mail', announces: ['mail', 'mail:smtp', 'sms', 'sms:sns', 'sms:dysms'], stopStage: stage.cloud };
/** Where an SMTP server of the user's takes the mails. */
const textsAlone: ProcessSpec = { ...mail, announces: ['sms', 'sms:sns', 'sms:dysms'] };
const toxiproxy: ProcessSpec = { name: 'toxiproxy', announces: ['toxiproxy'], stopStage: stage.toxiproxy };

/** All that serves in a region, whatever processes that are. */
export const servicesGroup = (region: Region): string => `${region}-services`;

function serviceProcesses(region: Region, split: boolean): ProcessSpec[] {
  const shared = { region, group: servicesGroup(region), succeeded: true, stopStage: stage.services } as const;
  const announced = (names: readonly string[]): string[] => names.map((name) => `${region}:${name}`);
  if (!split) return [{ ...shared, name: shared.group, announces: announced(Object.keys(listeners)), serves: services }];
  return Object.entries(programs).map(([program, names]) => ({
    ...shared,
    name: `${region}-${program}`,
    announces: announced(names),
    serves: [program],
  }));
}

/** What stands in for a region's payment provider: the product's own sandbox, which calls the services back. */
export const paymentsProcess = (region: Region): string => `${region}-payments`;

/** Where a region's cloud process is told of faults. */
export const cloudControl = (region: Region): string => `${region}:cloud-control`;

function regionProcesses(region: Region, split: boolean): ProcessSpec[] {
  return [
    { name: `${region}-postgres`, region, announces: [`${region}:postgres`], stopStage: stage.postgres },
    { name: `${region}-cloud`, region, announces: [`${region}:queue`, `${region}:secrets`, cloudControl(region)], stopStage: stage.cloud },
    ...serviceProcesses(region, split),
    { name: paymentsProcess(region), region, announces: [`${region}:payments`], succeeded: true, stopStage: stage.services },
    { name: `${region}-front`, region, announces: [`${region}:front`], stopStage: stage.front },
  ];
}

/** In Docker one child looks after the containers, and offers what they offer. */
const docker: ProcessSpec = {
  name: 'docker',
  announces: ['toxiproxy', ...regions.map((region) => `${region}:postgres`), 'world:queue', 'world:secrets', 'china:queue-backend'],
  piecemeal: true,
  stopStage: stage.toxiproxy,
};

/**
 * What a cloud's stand-in offers where others have its queue or its secrets - LocalStack, or what the user has attached. The endpoint for a container's
 * credentials is the stand-in's in any case.
 */
function cloudProcess(spec: ProcessSpec, region: Region, { mode, attached }: Layout): ProcessSpec {
  const elsewhere = (part: string): boolean => attached[`${region}:${part}`] !== undefined || (mode === 'docker' && region === 'world');
  const queue = elsewhere('queue') ? [] : [`${region}:queue`];
  const control = cloudControl(region);
  if (!elsewhere('secrets')) return { ...spec, announces: [...queue, `${region}:secrets`, control] };
  const credentials = `${region}:credentials`;
  return { ...spec, announces: [...queue, credentials, control], announcedAs: { [`${region}:secrets`]: credentials } };
}

/** Nobody's schedule calls a queue that the user has attached: this does, with the vendor's own client. */
function scheduler(region: Region): ProcessSpec {
  return { name: `${region}-scheduler`, region, announces: [], stopStage: stage.services };
}

/** The processes of a twin of this layout. */
export function processesIn(layout: Layout): readonly ProcessSpec[] {
  const { mode, split, attached } = layout;
  const inDocker = new Set(mode === 'docker' ? docker.announces : []);
  const notStarted = (name: string): boolean => inDocker.has(name) || attached[name] !== undefined;
  const all = [
    admin,
    dns,
    notStarted('mail:smtp') ? textsAlone : mail,
    toxiproxy,
    ...regions.flatMap((region) => regionProcesses(region, split)),
  ];
  const own = all
    .filter(({ name, region, announces }) => name === `${region}-cloud` || announces.length === 0 || !announces.some(notStarted))
    .map((spec) => (spec.region !== undefined && spec.name === `${spec.region}-cloud` ? cloudProcess(spec, spec.region, layout) : spec));
  const schedulers = regions.filter((region) => attached[`${region}:queue`] !== undefined).map(scheduler);
  if (mode === 'embedded') return [...own, ...schedulers];
  return [{ ...docker, announces: docker.announces.filter((name) => attached[name] === undefined) }, ...own, ...schedulers];
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
    { name: `${region}:payments`, title: 'payment sandbox' },
  ]),
  { name: 'toxiproxy', title: 'Toxiproxy' },
  { name: 'mail', title: 'mail sink' },
  { name: 'sms', title: 'SMS sink (SNS, Dysms)' },
  { name: 'admin', title: 'admin panel' },
  { name: 'dns', title: 'geolocation DNS' },
];

/** The directions of sync, each named by where it comes from and where it goes. */
export const directions = regions.map((from) => ({ name: `${from}-${peerOf(from)}`, from, to: peerOf(from) }));
