import { createHmac, hkdfSync } from 'node:crypto';

import { networkOf } from '#platform/network.ts';

import type { Owner } from '../owner.ts';

/** How much may wait for its payment at once, of one holder; 0 is no bound. */
export interface HoldLimit {
  readonly orders: number;
  readonly units: number;
}

export interface HoldLimits {
  /** Of what calls without an account: an IPv4 address, or a network of IPv6. */
  readonly client: HoldLimit;
  readonly account: HoldLimit;
}

/** Whom goods are kept for. */
export interface Holder {
  /** Of the account or the client's network, with a key: what is stored holds no address, and lets nobody try which it was. */
  readonly digest: Buffer;
  readonly limit: HoldLimit;
}

/**
 * The key of the digests, made of a secret that the service has anyway. With another one what waits at that moment counts for nobody, and has expired a quarter of an
 * hour later. Pure.
 */
export const holderKeyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'madeinworld/order/holders', 32));

/** Whose share a checkout takes; undefined where nothing is bounded. Pure. */
export function holderOf({ accountId }: Owner, address: string, limits: HoldLimits, key: Buffer): Holder | undefined {
  const limit = accountId === null ? limits.client : limits.account;
  if (limit.orders === 0 && limit.units === 0) return undefined;
  const name = accountId === null ? `client ${networkOf(address)}` : `account ${accountId}`;
  return { digest: createHmac('sha256', key).update(`holder: ${name}`).digest(), limit };
}

/** What a holder has waiting. */
export interface Held {
  readonly orders: number;
  readonly units: number;
  /** Until the first of it is free again. */
  readonly secondsLeft: number;
}

/** `beyond`: what is wanted is more than this holder may ever have at once. */
export type HoldDecision = 'granted' | 'wait' | 'beyond';

/** Whether an order of `units` may be added to what is held. Pure. */
export function decideHold({ orders, units: most }: HoldLimit, held: Held, units: number): HoldDecision {
  if (most > 0 && units > most) return 'beyond';
  if (orders > 0 && held.orders >= orders) return 'wait';
  return most > 0 && held.units + units > most ? 'wait' : 'granted';
}
