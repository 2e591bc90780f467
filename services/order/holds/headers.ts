import type { FastifyReply } from 'fastify';

import { HELD_SECONDS } from '../checkout/held.ts';
import type { Held, Holder } from './limits.ts';

/** Says beside the other limits how much more may wait for its payment (draft-ietf-httpapi-ratelimit-headers-10). */
export function tellHeld(reply: FastifyReply, { limit }: Holder, held: Held): void {
  const seconds = held.secondsLeft === 0 ? HELD_SECONDS : held.secondsLeft;
  const quotas = [
    { name: 'pending-orders', most: limit.orders, taken: held.orders },
    { name: 'pending-units', most: limit.units, taken: held.units },
  ].filter(({ most }) => most > 0);
  add(
    reply,
    'ratelimit-policy',
    quotas.map(({ name, most }) => `"${name}";q=${most};w=${HELD_SECONDS}`),
  );
  add(
    reply,
    'ratelimit',
    quotas.map(({ name, most, taken }) => `"${name}";r=${Math.max(0, most - taken)};t=${seconds}`),
  );
}

function add(reply: FastifyReply, name: string, values: readonly string[]): void {
  const before = reply.getHeader(name);
  reply.header(name, [...(typeof before === 'string' ? [before] : []), ...values].join(', '));
}
