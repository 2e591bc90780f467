/**
 * How hard bodies are compressed. Where the wire is what takes the time, every byte that is not sent is time won, and the processors are idle; where it
 * is fast, they are what takes the time. Measured with product rows of 800 bytes, 800 in a body: level 3 takes 2 us a row and leaves 168 bytes of it,
 * level 9 takes 14 us and leaves 144.
 */
export interface Compression {
  /** Bytes a second of one request, lately: without the time that the peer worked on it. Undefined until a body of some size was carried. */
  readonly bytesPerSecond: number | undefined;
}

const FAST = 3;
const THOROUGH = 9;
const SLOW_WIRE_BYTES_PER_SECOND = 1024 * 1024;
/** What is smaller tells of the round trip, not of the wire. */
const TELLING_BYTES = 8 * 1024;
const MEMORY = 0.5;

export const unmeasured: Compression = { bytesPerSecond: undefined };

/** Is the wire so slow that a byte less is worth the work? */
export const isThorough = ({ bytesPerSecond = Infinity }: Compression): boolean => bytesPerSecond < SLOW_WIRE_BYTES_PER_SECOND;

/** The zstd level for the next body. */
export const levelOf = (compression: Compression): number => (isThorough(compression) ? THOROUGH : FAST);

/** Takes note of a body that was answered after `durationMs`, of which the peer says that it worked for `peerMs`. */
export function measured({ bytesPerSecond }: Compression, wireBytes: number, durationMs: number, peerMs: number): Compression {
  if (wireBytes < TELLING_BYTES) return { bytesPerSecond };
  const sample = (wireBytes * 1_000) / Math.max(1, durationMs - peerMs);
  return { bytesPerSecond: bytesPerSecond === undefined ? sample : bytesPerSecond + (sample - bytesPerSecond) * MEMORY };
}
