import { Toxiproxy, type Proxy } from 'toxiproxy-node-client';
import { readProxies, type ProxyView } from './proxy-view.ts';

/** How links are cut. `refuse` closes every connection at once, `blackhole` lets them stand and swallows all they carry. */
export type CutKind = 'refuse' | 'blackhole';

export interface Slowness {
  /** Added to a round trip: half of it to each stream. */
  readonly rttMs?: number;
  readonly jitterMs?: number;
  /** What each stream may carry. */
  readonly rateBitsPerSecond?: number;
}

const streams = ['upstream', 'downstream'] as const;

/** The toxics of our own making; a second fault of a kind replaces the first, foreign toxics are left alone. */
const blackholeName = (stream: string): string => `sim-blackhole-${stream}`;
const latencyName = (stream: string): string => `sim-latency-${stream}`;
const bandwidthName = (stream: string): string => `sim-bandwidth-${stream}`;

/** Cuts links until they are healed. */
export async function cutLinks(toxiproxyUrl: string, links: readonly string[], kind: CutKind): Promise<void> {
  await eachProxy(toxiproxyUrl, links, async (proxy, view) => {
    if (kind === 'refuse') return setEnabled(proxy, false);
    for (const stream of streams)
      await addToxic(proxy, view, { name: blackholeName(stream), type: 'timeout', stream, attributes: { timeout: 0 } });
  });
}

/** Slows links until they are healed. */
export async function slowLinks(toxiproxyUrl: string, links: readonly string[], slowness: Slowness): Promise<void> {
  await eachProxy(toxiproxyUrl, links, async (proxy, view) => {
    for (const stream of streams) {
      if (slowness.rttMs !== undefined || slowness.jitterMs !== undefined) {
        const attributes = latencyOf(slowness);
        await addToxic(proxy, view, { name: latencyName(stream), type: 'latency', stream, attributes });
      }
      if (slowness.rateBitsPerSecond !== undefined) {
        const attributes = { rate: kilobytesPerSecond(slowness.rateBitsPerSecond) };
        await addToxic(proxy, view, { name: bandwidthName(stream), type: 'bandwidth', stream, attributes });
      }
    }
  });
}

/** Takes away what `cutLinks` did to a link, and nothing else. */
export async function healCut(toxiproxyUrl: string, link: string, kind: CutKind): Promise<void> {
  await eachProxy(toxiproxyUrl, [link], async (proxy, view) => {
    if (kind === 'refuse') return setEnabled(proxy, true);
    await removeNamed(proxy, view, streams.map(blackholeName));
  });
}

/** Takes away what `slowLinks` did to a link, and nothing else. */
export async function healSlowness(toxiproxyUrl: string, link: string): Promise<void> {
  await eachProxy(toxiproxyUrl, [link], (proxy, view) =>
    removeNamed(
      proxy,
      view,
      streams.flatMap((stream) => [latencyName(stream), bandwidthName(stream)]),
    ),
  );
}

/** Takes every fault away from links: they are enabled and have no toxic. */
export async function healLinks(toxiproxyUrl: string, links: readonly string[]): Promise<void> {
  await eachProxy(toxiproxyUrl, links, async (proxy, view) => {
    for (const toxic of view.toxics) await removeToxic(proxy, toxic.name);
    if (!proxy.enabled) await setEnabled(proxy, true);
  });
}

/** Each stream delays by half of what a round trip is to take. */
export function latencyOf(slowness: Slowness): { latency: number; jitter: number } {
  return { latency: Math.round((slowness.rttMs ?? 0) / 2), jitter: Math.round((slowness.jitterMs ?? 0) / 2) };
}

/** Toxiproxy counts in KB/s of 1000 bytes, and takes whole ones only: never less than one. */
export function kilobytesPerSecond(bitsPerSecond: number): number {
  return Math.max(1, Math.round(bitsPerSecond / 8000));
}

export type LinkState = 'open' | 'cut' | 'slowed' | 'faulty';

/** What a proxy's settings amount to. */
export function linkState(enabled: boolean, toxics: readonly { readonly type: string; readonly attributes: unknown }[]): LinkState {
  if (!enabled || toxics.some((toxic) => toxic.type === 'timeout')) return 'cut';
  if (toxics.length === 0) return 'open';
  return toxics.every((toxic) => toxic.type === 'latency' || toxic.type === 'bandwidth') ? 'slowed' : 'faulty';
}

interface ToxicRequest {
  readonly name: string;
  readonly type: 'timeout' | 'latency' | 'bandwidth';
  readonly stream: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, number>>;
}

async function addToxic(proxy: Proxy, view: ProxyView, toxic: ToxicRequest): Promise<void> {
  if (view.toxics.some((present) => present.name === toxic.name)) await removeToxic(proxy, toxic.name);
  await proxy.addToxic({ ...toxic, toxicity: 1 });
}

async function removeToxic(proxy: Proxy, name: string): Promise<void> {
  const toxic = await proxy.getToxic(name);
  await toxic.remove();
}

async function removeNamed(proxy: Proxy, view: ProxyView, names: readonly string[]): Promise<void> {
  for (const { name } of view.toxics) if (names.includes(name)) await removeToxic(proxy, name);
}

async function setEnabled(proxy: Proxy, enabled: boolean): Promise<void> {
  await proxy.update({ enabled, listen: proxy.listen, upstream: proxy.upstream });
}

async function eachProxy(
  toxiproxyUrl: string,
  links: readonly string[],
  work: (proxy: Proxy, view: ProxyView) => Promise<void>,
): Promise<void> {
  const server = new Toxiproxy(toxiproxyUrl);
  const views = await readProxies(toxiproxyUrl);
  for (const link of links) {
    const view = views[link];
    if (view === undefined) throw new Error(`Toxiproxy has no proxy for the link ${link}`);
    await work(await server.get(link), view);
  }
}
