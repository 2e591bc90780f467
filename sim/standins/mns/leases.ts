import { randomBytes } from 'node:crypto';
import { MnsError } from './errors.ts';
import { decodeHandle, encodeHandle } from './handle.ts';

/** A message in somebody's hands: the handle that counts now, and until when. */
interface Lease {
  readonly generation: number;
  readonly expiresAtMs: number;
  /** What was handed out; undefined where the gateway was restarted since. */
  readonly body: string | undefined;
}

/** A lease that has been taken out, to be ended by deleting the message, renewed, or put back. */
export interface ClaimedLease extends Lease {
  readonly receipt: string;
}

/**
 * Which receipt handles are good. SQS servers accept a handle after it expired, after the message
 * was deleted and after its visibility was changed; MNS accepts none of those, so the gateway
 * keeps account itself.
 */
export interface Leases {
  /** Mints the handle of a message just received; without a body where nobody has been handed one, as for a delayed message. */
  open(queue: string, receipt: string, visibilityS: number, body: string | undefined): { handle: string; expiresAtMs: number };
  /** Takes a lease out. Throws `MnsError` ReceiptHandleError (not a handle) or MessageNotExist (no longer good). */
  claim(queue: string, handle: string): ClaimedLease;
  /** Mints the handle that replaces a claimed one. */
  renew(queue: string, lease: ClaimedLease, visibilityS: number): { handle: string; expiresAtMs: number };
  /** Puts a claimed lease back: what it was claimed for did not happen. */
  restore(queue: string, lease: ClaimedLease): void;
  /** Forgets the lease of a message that never reached its consumer. */
  abandon(queue: string, receipt: string): void;
  /** Forgets every lease of a queue that was deleted. */
  forgetQueue(queue: string): void;
  /** The bodies of a queue's messages that are in somebody's hands: a queue server shows nobody else what it has handed out. */
  bodies(queue: string): string[];
}

/** Expired leases are swept out once in so many openings. */
const SWEEP_EVERY = 500;

export function createLeases(nowMs: () => number): Leases {
  const boot = randomBytes(4).readUInt32BE();
  const leases = new Map<string, Lease>();
  let opened = 0;
  const keyOf = (queue: string, receipt: string): string => `${queue}/${receipt}`;

  const sweep = (): void => {
    const now = nowMs();
    for (const [key, lease] of leases) if (lease.expiresAtMs <= now) leases.delete(key);
  };
  const put = (queue: string, receipt: string, generation: number, visibilityS: number, body: string | undefined) => {
    const expiresAtMs = nowMs() + visibilityS * 1000;
    leases.set(keyOf(queue, receipt), { generation, expiresAtMs, body });
    return { handle: encodeHandle({ boot, generation, expiresAtMs, receipt }), expiresAtMs };
  };

  return {
    open(queue, receipt, visibilityS, body) {
      opened += 1;
      if (opened % SWEEP_EVERY === 0) sweep();
      return put(queue, receipt, 0, visibilityS, body);
    },
    claim(queue, text) {
      const handle = decodeHandle(text);
      if (!handle) throw new MnsError('ReceiptHandleError', 'The receipt handle you provided is not valid.');
      const key = keyOf(queue, handle.receipt);
      const lease = leases.get(key);
      // A handle from before a restart is judged by what it says itself: a queue server may have outlived the gateway.
      const current = lease ? lease.generation === handle.generation : handle.boot !== boot;
      if (!current || handle.expiresAtMs <= nowMs()) {
        throw new MnsError('MessageNotExist', 'The receipt handle has expired, or its message does not exist any more.');
      }
      leases.delete(key);
      return { receipt: handle.receipt, generation: handle.generation, expiresAtMs: handle.expiresAtMs, body: lease?.body };
    },
    renew: (queue, lease, visibilityS) => put(queue, lease.receipt, (lease.generation + 1) % 65_536, visibilityS, lease.body),
    restore(queue, lease) {
      leases.set(keyOf(queue, lease.receipt), { generation: lease.generation, expiresAtMs: lease.expiresAtMs, body: lease.body });
    },
    abandon(queue, receipt) {
      leases.delete(keyOf(queue, receipt));
    },
    forgetQueue(queue) {
      for (const key of leases.keys()) if (key.startsWith(`${queue}/`)) leases.delete(key);
    },
    bodies(queue) {
      const now = nowMs();
      const held = [...leases].filter(([key, lease]) => key.startsWith(`${queue}/`) && lease.expiresAtMs > now);
      return held.flatMap(([, { body }]) => (body === undefined ? [] : [body]));
    },
  };
}
