import type pg from 'pg';

import { claimOutbox, releaseOutbox, settleOutbox } from './outbox.repository.ts';
import { packPointers, type PackedMessage, type PackLimits } from './pack.ts';

/** Rows of an outbox that are this publisher's for the time of a lease, as the messages that they become. */
export interface ClaimedMessages {
  readonly token: string;
  readonly rowIds: readonly string[];
  readonly messages: readonly PackedMessage[];
}

/** An outbox as a publisher sees it. */
export interface OutboxSource {
  /**
   * At most `rows` rows for `leaseMs`, or undefined where there are none that are free. `traceparent` is of the request that set the flush off, for rows that know
   * none of their own.
   */
  claim(rows: number, leaseMs: number, traceparent: string | undefined): Promise<ClaimedMessages | undefined>;
  /** Deletes rows that the queue has taken, if the claim still holds them. */
  settle(token: string, sent: readonly { readonly row: string; readonly message: string }[]): Promise<void>;
  /** Gives rows back at once. */
  release(token: string, rowIds: readonly string[]): Promise<void>;
}

/**
 * The outbox of pointers to changed rows: many pointers to a message, of many requests. Its `traceparent` is of the request that set the flush off, one of those or
 * the one after; what is tried again or swept has none.
 */
export function pointerOutbox(pool: pg.Pool, region: string, limits: PackLimits): OutboxSource {
  return {
    async claim(rows, leaseMs, traceparent) {
      const claim = await claimOutbox(pool, rows, leaseMs);
      if (claim === undefined) return undefined;
      return {
        token: claim.token,
        rowIds: claim.rows.map((row) => row.id),
        messages: packPointers(claim.rows, limits, `madeinworld/${region}`, traceparent),
      };
    },
    settle: (token, sent) => settleOutbox(pool, token, sent),
    release: (token, rowIds) => releaseOutbox(pool, token, rowIds),
  };
}
