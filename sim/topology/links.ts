import { nearest } from './nearest.ts';
import { frontUpstreams, peerOf, regions, type Region } from './regions.ts';

/** One path over which bytes go from its consumers to its upstream, through Toxiproxy. */
export interface Link {
  /** Also the name of its Toxiproxy proxy. */
  readonly name: string;
  readonly region: Region | 'border';
  /** The address (as a process announces it) that the link leads to. */
  readonly upstream: string;
  /** The processes, or groups of them, that reach the upstream over this link. */
  readonly consumers: readonly string[];
}

function regionLinks(region: Region): Link[] {
  const servicesProcess = `${region}-services`;
  const front = `${region}-front`;
  const payments = `${region}-payments`;
  /** The other services ask auth for the keys that tokens are checked with; the payment provider calls back. */
  const besides: Readonly<Record<string, readonly string[]>> = { auth: [servicesProcess], order: [payments] };
  const toServices = { region, consumers: [servicesProcess] };
  return [
    { name: `${region}:postgres`, upstream: `${region}:postgres`, ...toServices },
    { name: `${region}:queue`, upstream: `${region}:queue`, ...toServices },
    { name: `${region}:secrets`, region, upstream: `${region}:secrets`, consumers: [servicesProcess, payments] },
    { name: `${region}:mail`, upstream: 'mail:smtp', ...toServices },
    { name: `${region}:sms`, upstream: region === 'world' ? 'sms:sns' : 'sms:dysms', ...toServices },
    { name: `${region}:payments`, upstream: `${region}:payments`, ...toServices },
    ...frontUpstreams.map(({ listener }): Link => {
      const name = `${region}:${listener}`;
      return { name, region, upstream: name, consumers: [front, ...(besides[listener] ?? [])] };
    }),
  ];
}

/** The border link that carries `from`'s worker to its peer's ingest. */
export function borderLink(from: Region): string {
  return `border:${from}-${peerOf(from)}`;
}

export const links: readonly Link[] = [
  ...regions.flatMap(regionLinks),
  ...regions.map((from): Link => {
    const upstream = `${peerOf(from)}:sync`;
    return { name: borderLink(from), region: 'border', upstream, consumers: [`${from}-services`] };
  }),
];

/** Names that stand for several links. */
export const linkGroups = ['border', ...regions] as const;

/**
 * The links that a name stands for: one link, a group (`border`, `world`, `china`), or a pattern in which `*` stands for any letters (`*:postgres`).
 * A direction such as `world-china` narrows them to the link of the border that carries it. Throws RangeError with the name that may have been
 * meant, or those there are.
 */
export function selectLinks(name: string, direction?: string): Link[] {
  const fits = name.includes('*') ? matcherOf(name) : (link: Link) => link.name === name || link.region === name;
  const selected = links.filter(fits);
  const narrowed = direction === undefined ? selected : selected.filter((link) => link.name.endsWith(`:${direction}`));
  if (narrowed.length > 0) return narrowed;
  if (selected.length > 0) {
    throw new RangeError(`no link of ${name} has the direction ${direction}; the border has world-china and china-world`);
  }
  if (name.includes('*')) throw new RangeError(`no link fits ${name}; there are ${allNames()}`);
  const meant = nearest(name, [...linkGroups, ...links.map((link) => link.name)]);
  throw new RangeError(`no link or group is called ${name}; ${meant === undefined ? `there are ${allNames()}` : `did you mean ${meant}?`}`);
}

/** The links of several names, each also a list with commas; every link once, in the order of the topology. Throws as `selectLinks` does. */
export function selectAllLinks(names: readonly string[], direction?: string): Link[] {
  const chosen = new Set(splitNames(names).flatMap((name) => selectLinks(name, direction)));
  return links.filter((link) => chosen.has(link));
}

/** Names as they are typed, several of them with commas between. Throws RangeError where there is none. */
export function splitNames(names: readonly string[]): string[] {
  const split = names.flatMap((name) => name.split(',')).map((name) => name.trim());
  const named = split.filter((name) => name !== '');
  if (named.length === 0) throw new RangeError(`no name is given; there are ${allNames()}`);
  return named;
}

function matcherOf(pattern: string): (link: Link) => boolean {
  const expression = new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`);
  return (link) => expression.test(link.name);
}

/** Every name in one line: what both regions have is told once. */
function allNames(): string {
  const border = links.filter((link) => link.region === 'border').map((link) => link.name);
  const [region] = regions;
  const inRegion = links.filter((link) => link.region === region).map((link) => link.name.slice(region.length + 1));
  return `${[...linkGroups, ...border].join(', ')}, and of each region ${inRegion.join(', ')} (such as ${region}:${inRegion[0]})`;
}
