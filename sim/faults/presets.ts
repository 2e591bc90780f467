import { borderLink } from '../topology/links.ts';
import { domainServices } from '../topology/regions.ts';
import type { Rhythm } from './rhythm.ts';

/** What a preset does to the bytes of one stream of each connection. */
export interface Leg {
  readonly delayMs: number;
  readonly rateBitsPerSecond?: number;
}

export interface Path {
  readonly up: Leg;
  readonly down: Leg;
}

/** A network that there is somewhere, as far as links can be made to look like it. */
export interface Preset {
  readonly name: string;
  /** What it stands for. */
  readonly about: string;
  /** The links that it is put on where none is named. */
  readonly links: readonly string[];
  /** What it does to a link. Throws RangeError for one that it has nothing to say of. */
  readonly path?: (link: string) => Path;
  readonly rhythm?: Rhythm;
  /** Figures that somebody measured or specifies. */
  readonly measured: string;
  /** Figures that follow from those, or are only chosen. */
  readonly derived: string;
  readonly sources: readonly string[];
}

const macroscopic = 'Mathis, Semke, Mahdavi, Ott: The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm, CCR 27(3), 1997';
const bottleneck =
  'Zhu et al.: Characterizing Transnational Internet Performance and the Great Bottleneck of China, SIGMETRICS 2020, https://doi.org/10.1145/3379479';
const bottleneckSummary = 'its authors on NANOG, March 2020: https://community.nanog.org/t/china-s-slow-transnational-network/52780';

/**
 * What a long TCP flow carries on a path that loses packets, in bits per second: MSS/RTT * sqrt(3/2)/sqrt(p), for an MSS of 1460 bytes (Mathis et al.
 * 1997). The model is for light to moderate loss; where much is lost retransmission timeouts leave less.
 */
export function lossyRate(rttMs: number, loss: number): number {
  return ((1460 * 8) / (rttMs / 1000)) * Math.sqrt(1.5 / loss);
}

const alike = (leg: Leg) => (): Path => ({ up: leg, down: leg });

const borderRttMs = 230;
const lossyRttMs = 200;

/** Only what goes into China is slow, so which stream that is depends on where the link comes from. */
function borderEvening(link: string): Path {
  const delayMs = borderRttMs / 2;
  const into: Leg = { delayMs, rateBitsPerSecond: lossyRate(borderRttMs, 0.15) };
  if (link === borderLink('world')) return { up: into, down: { delayMs } };
  if (link === borderLink('china')) return { up: { delayMs }, down: into };
  throw new RangeError(`border-evening is of the border alone, which ${link} does not cross: it slows what goes into China. Try lossy-15`);
}

export const presets: readonly Preset[] = [
  {
    name: 'border-evening',
    about: 'the border of China at peak hours: what goes in is slow, what goes out is not',
    links: ['border'],
    path: borderEvening,
    measured:
      'into China less than 1 Mbit/s a connection for more than 5 hours a day, about 15 % of packets lost (up to 40 %), and in that direction only; 220-240 ms a round trip from AWS N. Virginia to Beijing and Ningxia',
    derived: '0.16 Mbit/s into China: what a TCP flow carries at 15 % loss and 230 ms. The loss itself cannot be made here',
    sources: [bottleneck, bottleneckSummary, macroscopic],
  },
  {
    name: 'intercontinental',
    about: 'a good line to the other side of the world: far, and as fast as you like',
    links: ['border'],
    path: alike({ delayMs: 100 }),
    measured: '202 ms a round trip between AWS Hong Kong and N. Virginia, 199 ms between Hong Kong and Frankfurt',
    derived: '200 ms a round trip, half of it each way; no limit of rate',
    sources: ['AWS Region Latency Matrix, https://cloudping.co'],
  },
  {
    name: 'lossy-1',
    about: 'what a path that loses 1 % of packets leaves to a TCP connection',
    links: ['border'],
    path: alike({ delayMs: lossyRttMs / 2, rateBitsPerSecond: lossyRate(lossyRttMs, 0.01) }),
    measured: 'nothing: a model, which its authors compared with live connections',
    derived: '0.7 Mbit/s a connection, both ways, at 200 ms a round trip',
    sources: [macroscopic],
  },
  {
    name: 'lossy-15',
    about: 'what a path that loses 15 % of packets leaves to a TCP connection',
    links: ['border'],
    path: alike({ delayMs: lossyRttMs / 2, rateBitsPerSecond: lossyRate(lossyRttMs, 0.15) }),
    rhythm: { openMs: [20_000, 60_000], shutMs: [0, 0] },
    measured: 'about 15 % of packets lost on the way into China at peak hours',
    derived:
      '0.18 Mbit/s a connection, both ways, at 200 ms a round trip (above what the model is made for: the truth is worse); that all connections break every 20-60 s is chosen',
    sources: [macroscopic, bottleneckSummary],
  },
  {
    name: 'satellite',
    about: 'a geostationary satellite between the two ends',
    links: ['border'],
    path: () => ({ up: { delayMs: 300, rateBitsPerSecond: 3e6 }, down: { delayMs: 300, rateBitsPerSecond: 25e6 } }),
    measured: '558 ms a round trip for stations at the edge of what the satellite sees, by the speed of light alone',
    derived: '600 ms with what ground stations add; 3 Mbit/s up and 25 Mbit/s down are chosen, as plans over such satellites are sold',
    sources: ['RFC 2488, section 2, https://www.rfc-editor.org/rfc/rfc2488'],
  },
  {
    name: '3g',
    about: 'a phone on a mobile network of the third generation',
    // No link goes to a client: the way from the fronts to the services stands for it.
    links: domainServices.map(({ name }) => `*:${name}`),
    path: () => ({ up: { delayMs: 75, rateBitsPerSecond: 750e3 }, down: { delayMs: 75, rateBitsPerSecond: 1.6e6 } }),
    measured: '150 ms a round trip, 1.6 Mbit/s down and 750 kbit/s up, as Lighthouse and WebPageTest (Mobile 3G - Fast) throttle',
    derived:
      'by default on the links from the fronts to the services, for the way to a client is no link: the services reach auth more slowly too',
    sources: ['https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md'],
  },
  {
    name: 'flapping',
    about: 'a line that comes and goes',
    links: ['border'],
    rhythm: { openMs: [1000, 5000], shutMs: [500, 3000] },
    measured: 'nothing',
    derived: 'open for 1-5 s, then shut for 0.5-3 s, over and over: chosen, around the second in which a client tries again',
    sources: ['none: the figures are our own'],
  },
];
