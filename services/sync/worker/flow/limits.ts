/** What one direction may use of border and memory. */
export interface FlowLimits {
  /** Requests in flight, at most. */
  readonly maxInFlight: number;
  /** Waiting alone takes the window no lower: what a flow needs to be kept busy looks like a queue from outside. */
  readonly minInFlight: number;
  /** A body after compression: the least and the most that is aimed at. One item is never cut, so a body of one item may be larger. */
  readonly minBodyBytes: number;
  readonly maxBodyBytes: number;
  /** All bodies that are under way: what the places share. */
  readonly maxInFlightBytes: number;
  /** What a request is given besides the time that its body takes. */
  readonly answerTimeoutMs: number;
  /** Rows that were read and are not answered yet, in bytes before compression. */
  readonly maxHeldBytes: number;
}

/**
 * 256 KiB are a second of a flow of 2 Mbit/s, and as many alike rows as a body may hold; together they take a fifth less than in four bodies. In flight are no more than
 * 4 MiB, on 32 flows 128 KiB each: what is under way when a border narrows from 40 Mbit/s to one would else take more than a minute.
 */
export const defaultLimits: FlowLimits = {
  maxInFlight: 32,
  minInFlight: 1,
  minBodyBytes: 4 * 1024,
  maxBodyBytes: 256 * 1024,
  maxInFlightBytes: 4 * 1024 * 1024,
  answerTimeoutMs: 30_000,
  maxHeldBytes: 16 * 1024 * 1024,
};

/** What the receiver takes in one body, whatever the sender's settings; see also MOST_ITEMS of the protocol. */
export const MOST_RAW_BYTES = 2 * 1024 * 1024;
