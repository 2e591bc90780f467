import { AppError } from '#platform/errors.ts';

import type { Trx } from '../deps.ts';
import { lockHolder, selectHeld } from './holds.repository.ts';
import { decideHold, type Held, type Holder } from './limits.ts';

/** Is told what a holder has then, also where that was refused. */
export type TellHeld = (holder: Holder, held: Held) => void;

/**
 * Makes sure that `holder` may have goods of `units` kept besides what waits for its payment already. Counted in the database and one checkout of a holder after the
 * other, so that neither many at once nor a restart get past it. Throws AppError `too_many_requests`, and `limit_reached` for what is too much by itself.
 */
export async function requireShare(trx: Trx, holder: Holder, units: number, tell: TellHeld): Promise<void> {
  await lockHolder(trx, holder.digest);
  const held = await selectHeld(trx, holder.digest);
  const decision = decideHold(holder.limit, held, units);
  tell(holder, decision === 'granted' ? { ...held, orders: held.orders + 1, units: held.units + units } : held);
  if (decision === 'beyond') {
    throw new AppError('limit_reached', { detail: `At most ${holder.limit.units} units are kept at once for who orders.` });
  }
  if (decision === 'wait') {
    throw new AppError('too_many_requests', {
      detail: 'Too much is kept for orders that are not paid yet: pay or cancel one of them, or wait.',
      headers: { 'retry-after': String(held.secondsLeft) },
    });
  }
}
