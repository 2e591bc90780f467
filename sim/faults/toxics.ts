import { Toxiproxy } from 'toxiproxy-node-client';
import { readProxies, type ProxyView } from './proxy-view.ts';

/** Toxiproxy's names for the way from a consumer to its upstream, and back. */
export const streams = ['upstream', 'downstream'] as const;
export type Stream = (typeof streams)[number];

/** What is done to the bytes of one stream of a link (https://github.com/Shopify/toxiproxy/tree/v2.12.0#toxics). */
export interface ToxicSettings {
  readonly type: 'timeout' | 'latency' | 'bandwidth' | 'reset_peer' | 'limit_data' | 'slicer';
  readonly stream: Stream;
  readonly attributes: Readonly<Record<string, number>>;
  /** The share of connections that it takes hold of, from 0 to 1. */
  readonly toxicity?: number | undefined;
}

const ownPrefix = 'sim-';

/** Whether a toxic is one of a fault of ours. Those of others bear any other name. */
export function isOwnToxic(name: string): boolean {
  return name.startsWith(ownPrefix);
}

/** The kind of fault that a toxic of ours belongs to. */
export function ownerOf(name: string): string | undefined {
  return isOwnToxic(name) ? name.split('-')[1] : undefined;
}

function toxicName(owner: string, { type, stream }: ToxicSettings): string {
  return `${ownPrefix}${owner}-${type}-${stream}`;
}

/**
 * Gives a link the toxics of one owner (a kind of fault, of letters only) in place of those that this owner gave it before; those of others stay. All
 * of them are there afterwards or, where it throws, none.
 */
export async function putToxics(toxiproxyUrl: string, link: string, owner: string, toxics: readonly ToxicSettings[]): Promise<void> {
  await takeToxics(toxiproxyUrl, link, owner);
  const proxy = await new Toxiproxy(toxiproxyUrl).get(link);
  try {
    for (const toxic of toxics) {
      const { type, stream, attributes, toxicity = 1 } = toxic;
      await proxy.addToxic({ name: toxicName(owner, toxic), type, stream, attributes, toxicity });
    }
  } catch (error) {
    await takeToxics(toxiproxyUrl, link, owner);
    throw error;
  }
}

/** Takes the toxics of one owner away from a link, and nothing else. */
export async function takeToxics(toxiproxyUrl: string, link: string, owner: string): Promise<void> {
  await removeToxics(toxiproxyUrl, link, ({ name }) => ownerOf(name) === owner);
}

/** Takes everything away from links, whoever put it there: they are enabled and have no toxic. Throws RangeError for an unknown link. */
export async function clearLinks(toxiproxyUrl: string, links: readonly string[]): Promise<void> {
  for (const link of links) {
    await removeToxics(toxiproxyUrl, link, () => true);
    await changeProxy(toxiproxyUrl, link, { enabled: true });
  }
}

/** Changes what is named of a proxy and leaves the rest as it is at that moment, which a read and a write after it could not. */
export async function changeProxy(
  toxiproxyUrl: string,
  link: string,
  change: { readonly enabled: boolean } | { readonly upstream: string },
): Promise<void> {
  await new Toxiproxy(toxiproxyUrl).getApi().post(`${toxiproxyUrl}/proxies/${link}`, change);
}

async function removeToxics(toxiproxyUrl: string, link: string, chosen: (toxic: ProxyView['toxics'][number]) => boolean): Promise<void> {
  const view = (await readProxies(toxiproxyUrl))[link];
  if (view === undefined) throw new RangeError(`Toxiproxy has no proxy for the link ${link}`);
  const proxy = await new Toxiproxy(toxiproxyUrl).get(link);
  for (const { name } of view.toxics.filter(chosen)) await (await proxy.getToxic(name)).remove();
}
