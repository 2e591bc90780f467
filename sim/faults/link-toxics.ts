import { showBytes, showDuration, showRate } from './quantities.ts';
import type { CutParams, LimitParams, ResetParams, SliceParams, SlowParams, Way } from './link-params.ts';
import { streams, type Stream, type ToxicSettings } from './toxics.ts';

/** A fault of a link as Toxiproxy makes it, and in words. */
export interface LinkEffect {
  readonly toxics: readonly ToxicSettings[];
  readonly summary: string;
}

export const streamOf = (way: Way): Stream => (way === 'up' ? 'upstream' : 'downstream');
const streamsOf = (way: Way | undefined): readonly Stream[] => (way === undefined ? streams : [streamOf(way)]);

/** Everything is swallowed, while connections stand. */
export function blackhole({ stream, share }: Pick<CutParams, 'stream' | 'share'>): LinkEffect {
  const ways = streamsOf(stream);
  // Each stream draws by itself, and a connection of which one is lost is lost: so that `share` of them are.
  const toxicity = share === undefined ? undefined : 1 - (1 - share) ** (1 / ways.length);
  const toxics = ways.map((one) => ({ type: 'timeout' as const, stream: one, attributes: { timeout: 0 }, toxicity }));
  const what = stream === undefined ? 'everything is swallowed' : `what goes ${stream} is swallowed`;
  return { toxics, summary: what + ofShare(share) };
}

/** Delay and rate. A round trip takes longer by `rttMs`: by half of it each way, or by all of it the one way that is named. */
export function slowness({ rttMs, jitterMs, rateBitsPerSecond, stream, share }: SlowParams): LinkEffect {
  const ways = streamsOf(stream);
  const toxics = ways.flatMap((one): ToxicSettings[] => [
    ...(rttMs === undefined && jitterMs === undefined
      ? []
      : [{ type: 'latency' as const, stream: one, attributes: latencyOf(rttMs, jitterMs, ways.length), toxicity: share }]),
    ...(rateBitsPerSecond === undefined
      ? []
      : [{ type: 'bandwidth' as const, stream: one, attributes: { rate: kilobytesPerSecond(rateBitsPerSecond) }, toxicity: share }]),
  ]);
  const parts = [
    ...(rttMs === undefined ? [] : [`${showDuration(rttMs)} a round trip`]),
    ...(jitterMs === undefined ? [] : [`jitter ${showDuration(jitterMs)}`]),
    ...(rateBitsPerSecond === undefined ? [] : [showStreamRate(rateBitsPerSecond)]),
  ];
  return { toxics, summary: parts.join(', ') + ofWay(stream) + ofShare(share) };
}

/** RST once the first data of a connection has come in, which is held for `afterMs` and never arrives. Of the way back where none is named. */
export function reset({ afterMs = 0, stream = 'down', share }: ResetParams): LinkEffect {
  const when = afterMs === 0 ? '' : ` ${showDuration(afterMs)} later`;
  return {
    toxics: [{ type: 'reset_peer', stream: streamOf(stream), attributes: { timeout: Math.round(afterMs) }, toxicity: share }],
    summary: `connections are reset${when} when ${stream === 'up' ? 'a request goes up' : 'an answer comes down'}${ofShare(share)}`,
  };
}

/** The connection closes after so many bytes, in the middle of whatever they are. Of the way back where none is named. */
export function limit({ bytes, stream = 'down', share }: LimitParams): LinkEffect {
  return {
    toxics: [{ type: 'limit_data', stream: streamOf(stream), attributes: { bytes }, toxicity: share }],
    summary: `connections end after ${showBytes(bytes)}${ofWay(stream)}${ofShare(share)}`,
  };
}

/** Data arrives in small pieces, with a pause between them. */
export function slice({ bytes, delayMs = 0, stream, share }: SliceParams): LinkEffect {
  const attributes = { average_size: bytes, size_variation: 0, delay: Math.round(delayMs * 1000) };
  const pause = delayMs === 0 ? '' : `, ${showDuration(delayMs)} apart`;
  return {
    toxics: streamsOf(stream).map((one) => ({ type: 'slicer' as const, stream: one, attributes, toxicity: share })),
    summary: `data in pieces of ${showBytes(bytes)}${pause}${ofWay(stream)}${ofShare(share)}`,
  };
}

function latencyOf(rttMs = 0, jitterMs = 0, ways: number): { latency: number; jitter: number } {
  return { latency: Math.round(rttMs / ways), jitter: Math.round(jitterMs / ways) };
}

/** Toxiproxy counts in KB/s of 1000 bytes, and takes whole ones only: never less than one. */
export function kilobytesPerSecond(bitsPerSecond: number): number {
  return Math.max(1, Math.round(bitsPerSecond / 8000));
}

/** The rate that a stream is given, in words: what Toxiproxy makes of the one that was asked for. */
export function showStreamRate(bitsPerSecond: number): string {
  return showRate(kilobytesPerSecond(bitsPerSecond) * 8000);
}

const ofWay = (way: Way | undefined): string => (way === undefined ? '' : ` on the way ${way}`);
const ofShare = (share: number | undefined): string =>
  share === undefined ? '' : `, ${Number((share * 100).toFixed(1))} % of connections`;
