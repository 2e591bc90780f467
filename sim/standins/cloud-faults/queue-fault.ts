import { Type, type Static } from 'typebox';

export const queueFaultKinds = ['drop', 'delay', 'duplicate'] as const;
export type QueueFaultKind = (typeof queueFaultKinds)[number];

/** SQS delays no message longer (DelaySeconds of SendMessage). */
const MOST_DELAY_SECONDS = 900;

/** How a queue breaks its promise. */
export const QueueFault = Type.Object(
  {
    /** Of the messages that are sent, as a fraction. */
    share: Type.Number({ minimum: 0, maximum: 1 }),
    /** The same seed picks the same messages out of the same sequence. */
    seed: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
    /** What `delay` delays by; the other kinds take no notice of it. */
    delaySeconds: Type.Integer({ minimum: 0, maximum: MOST_DELAY_SECONDS }),
  },
  { additionalProperties: false },
);
export type QueueFault = Static<typeof QueueFault>;

/** What a fault has done so far. */
export interface Tally {
  /** Messages that were sent, and taken by the queue, while it was in force. */
  readonly seen: number;
  /** Those of them that it struck. */
  readonly struck: number;
}

/** Adds a delay to the one that a message was sent with, as far as SQS goes. */
export function delayedBy(ownSeconds: number | undefined, { delaySeconds }: QueueFault): number {
  return Math.min(MOST_DELAY_SECONDS, (ownSeconds ?? 0) + delaySeconds);
}
