import type { Fault } from './fault.ts';
import type { ProxyView, ToxicView } from './proxy-view.ts';
import { showBytes, showDuration, showRate } from './quantities.ts';
import { ownerOf } from './toxics.ts';

/** Where a link leads while its upstream is not there: connections are refused, as they are in life. */
export const nowhere = '127.0.0.1:1';

/** `no upstream`: nothing is broken on purpose, there is nothing at the other end. */
export type LinkState = 'open' | 'cut' | 'slowed' | 'faulty' | 'no upstream';

/** What a proxy's settings amount to. */
export function linkState({ enabled, upstream, toxics }: Pick<ProxyView, 'enabled' | 'upstream' | 'toxics'>): LinkState {
  if (!enabled || toxics.some(({ type, toxicity }) => type === 'timeout' && toxicity === 1)) return 'cut';
  if (toxics.length > 0) return toxics.every(({ type }) => type === 'latency' || type === 'bandwidth') ? 'slowed' : 'faulty';
  return upstream === nowhere ? 'no upstream' : 'open';
}

/** Whether anything is to be healed on it, by whomever it was put there. */
export function isBroken({ enabled, toxics }: Pick<ProxyView, 'enabled' | 'toxics'>): boolean {
  return !enabled || toxics.length > 0;
}

/** What is wrong with a link, in words: its faults in force, and what others did to it over Toxiproxy's API. */
export function linkWords({ enabled, toxics }: Pick<ProxyView, 'enabled' | 'toxics'>, faults: readonly Fault[]): string[] {
  const kinds = new Set(faults.flatMap(({ kind }) => (kind === 'preset' ? ['preset', 'rhythm'] : [kind])));
  const foreign = toxics.filter(({ name }) => !kinds.has(ownerOf(name) ?? ''));
  // Only these kinds refuse connections; without one of them somebody else does.
  const shutByOthers = !enabled && !kinds.has('cut') && !kinds.has('preset');
  return [
    ...faults.map(({ summary }) => summary),
    ...(shutByOthers ? ['foreign: connections are refused'] : []),
    ...foreign.map((toxic) => `foreign toxic ${toxic.name}: ${toxicWords(toxic)}`),
  ];
}

function toxicWords({ type, stream, toxicity, attributes }: ToxicView): string {
  const way = stream === 'upstream' ? 'up' : 'down';
  const number = (name: string): number => {
    const found: unknown = typeof attributes === 'object' && attributes !== null ? Reflect.get(attributes, name) : undefined;
    return typeof found === 'number' ? found : 0;
  };
  const share = toxicity === 1 ? '' : `, ${Number((toxicity * 100).toFixed(1))} % of connections`;
  const words: Readonly<Record<string, () => string>> = {
    latency: () => `${showDuration(number('latency'))} more${number('jitter') === 0 ? '' : `, jitter ${showDuration(number('jitter'))},`}`,
    bandwidth: () => showRate(number('rate') * 8000),
    timeout: () =>
      number('timeout') === 0 ? 'everything is swallowed' : `swallowed, then closed after ${showDuration(number('timeout'))}`,
    reset_peer: () => 'connections are reset',
    limit_data: () => `connections end after ${showBytes(number('bytes'))}`,
    slicer: () => `data in pieces of about ${showBytes(number('average_size'))}`,
    slow_close: () => `closes ${showDuration(number('delay'))} late`,
  };
  return `${words[type]?.() ?? type} on the way ${way}${share}`;
}
