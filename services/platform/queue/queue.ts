/** A message as it was received. `receipt` is what delete and extend want; it changes with every receive and, in MNS, with every extension. */
export interface Received {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** How often it has been received, this time included. */
  readonly receiveCount: number;
}

/** What became of one body of a send, in the order of the bodies. `retryable` says whether the same body may pass later. */
export type SendResult =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly code: QueueErrorCode; readonly detail: string; readonly retryable: boolean };

/** What became of one receipt of a delete, in the order of the receipts. `receipt_expired`: the message is, or will be, delivered again. */
export type DeleteResult =
  | { readonly ok: true; readonly receipt: string }
  | { readonly ok: false; readonly receipt: string; readonly code: QueueErrorCode; readonly detail: string };

export interface QueueLimits {
  /** Entries a call, of every batch operation. */
  readonly batch: number;
  /** UTF-8 bytes of one body, as the caller sees it (an encoding of the client's is allowed for). */
  readonly messageBytes: number;
  /** UTF-8 bytes of all bodies of one call. */
  readonly batchBytes: number;
  readonly minVisibilitySeconds: number;
  readonly maxWaitSeconds: number;
}

/**
 * A queue with at-least-once delivery, the same in both clouds: SQS in the world, MNS (SMQ) in China. Calls reject with QueueError when
 * the queue as a whole could not be asked; what concerns single entries is in the results.
 */
export interface Queue {
  /** Sends every body, in calls as large as the limits allow. Never rejects half-way: entries of a failed call are answered as failed. */
  send(bodies: readonly string[], signal?: AbortSignal): Promise<SendResult[]>;
  /**
   * At most `max` messages (capped at limits.batch), waiting up to `waitSeconds` for the first; hidden for the queue's own visibility timeout, which
   * `extend` changes (MNS takes none with a receive). Rejects with `signal.reason` once it aborts.
   */
  receive(options: { readonly max: number; readonly waitSeconds: number }, signal: AbortSignal): Promise<Received[]>;
  delete(receipts: readonly string[]): Promise<DeleteResult[]>;
  /** Hides the message for `visibilityTimeoutSeconds` from now; answers the receipt to use from now on. */
  extend(receipt: string, visibilityTimeoutSeconds: number): Promise<string>;
  readonly limits: QueueLimits;
  close(): Promise<void>;
}

/** A queue of a provider, which counts what it holds. */
export interface CountedQueue extends Queue {
  /** About how many messages wait in it or are hidden: the provider's own count, a little late. */
  depth(): Promise<number>;
}

/** Why a queue refused: one vocabulary for both providers, so that callers need not know which one it is. */
export type QueueErrorCode =
  | 'queue_missing'
  | 'access_denied'
  | 'clock_skew'
  | 'throttled'
  | 'too_large'
  | 'receipt_expired'
  | 'invalid'
  | 'unavailable';

const retryableCodes: ReadonlySet<QueueErrorCode> = new Set(['throttled', 'unavailable']);

/** A queue call that failed as a whole. `retryable`: the same call may pass later; otherwise something must be mended first. */
export class QueueError extends Error {
  readonly code: QueueErrorCode;
  readonly providerCode: string | undefined;
  readonly retryable: boolean;

  constructor(code: QueueErrorCode, message: string, options: { providerCode?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'QueueError';
    this.code = code;
    this.providerCode = options.providerCode;
    this.retryable = isRetryable(code);
  }
}

export function isRetryable(code: QueueErrorCode): boolean {
  return retryableCodes.has(code);
}
