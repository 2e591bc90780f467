import { MOST_RAW_BYTES, type FlowLimits } from './limits.ts';

/**
 * How large bodies are cut. A body is under way for a few seconds at most, so that a flow that is reset every 20 s loses little of its work and gets
 * on; where a flow is fast it is as large as pays, which also compresses best.
 */
export interface BodySize {
  /** Bytes after compression that are aimed at. */
  readonly targetBytes: number;
  /** Bytes after compression for one before, as lately seen. */
  readonly ratio: number;
}

const AIM_MS = 3_000;
const INITIAL_BYTES = 64 * 1024;
/** Rows of text compress at least so well; a body that does not is cut again before it is sent. */
const INITIAL_RATIO = 0.25;
const MEMORY = 0.5;
/** Before compression. */
const SMALL_BYTES = 16 * 1024;

const within = (limits: FlowLimits, bytes: number): number => Math.min(limits.maxBodyBytes, Math.max(limits.minBodyBytes, bytes));

/** What is assumed while nothing is known: 64 KiB are three seconds of a flow of 0.18 Mbit/s. */
export const initialSize = (limits: FlowLimits): BodySize => ({ targetBytes: within(limits, INITIAL_BYTES), ratio: INITIAL_RATIO });

/** What the next body is aimed at, after compression, where `places` share the border. */
export const wireTarget = (size: BodySize, places: number, limits: FlowLimits): number =>
  within(limits, Math.min(size.targetBytes, limits.maxInFlightBytes / Math.max(1, places)));

/** What the rows of a body of `wireBytes` may hold, before compression. */
export const rawTarget = ({ ratio }: Pick<BodySize, 'ratio'>, wireBytes: number): number => Math.min(MOST_RAW_BYTES, wireBytes / ratio);

/** Takes note of how well a body could be compressed. Small ones compress worse, and say nothing. */
export function packed(size: BodySize, rawBytes: number, wireBytes: number): BodySize {
  if (rawBytes < Math.min(SMALL_BYTES, rawTarget(size, size.targetBytes) / 2)) return size;
  return { ...size, ratio: Math.min(1, Math.max(0.01, size.ratio + (wireBytes / rawBytes - size.ratio) * MEMORY)) };
}

/**
 * Takes note of a body that was `durationMs` on the wire: how long the peer worked on it is no matter of its size, and smaller ones would cost the peer more. One far
 * below the target tells of the round trip, not of the flow.
 */
export function carried(size: BodySize, wireBytes: number, durationMs: number, limits: FlowLimits): BodySize {
  if (durationMs > AIM_MS) return { ...size, targetBytes: within(limits, Math.min(size.targetBytes, (wireBytes * AIM_MS) / durationMs)) };
  if (durationMs < AIM_MS / 2 && wireBytes >= size.targetBytes / 2) return { ...size, targetBytes: within(limits, size.targetBytes * 2) };
  return size;
}

/** Takes note of a body that did not get through. */
export const lost = (size: BodySize, limits: FlowLimits): BodySize => ({ ...size, targetBytes: within(limits, size.targetBytes / 2) });

/** Slower flows are given up: their bodies would outlive every reset. */
const SLOWEST_BYTES_PER_SECOND = 4_000;
const MOST_TIMEOUT_MS = 240_000;

/** How long a request of `wireBytes` may take. A limit that did not know the size would cut large bodies off again and again, and each cut would leave work behind at the peer. */
export const timeLimitMs = (wireBytes: number, limits: FlowLimits): number =>
  Math.min(MOST_TIMEOUT_MS, limits.answerTimeoutMs + Math.ceil((wireBytes / SLOWEST_BYTES_PER_SECOND) * 1_000));
