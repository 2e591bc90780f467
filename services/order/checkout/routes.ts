import { Checkout, PlacedOrder } from '#contracts/order.ts';
import type { App } from '#platform/app.ts';
import { clientAddressOf } from '#platform/client-address.ts';
import { versionTag } from '#platform/entity/version-tag.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';
import { hashOfToken } from '#platform/random-token.ts';

import type { OrderDeps } from '../deps.ts';
import { checkoutExample, orderExample } from '../examples.ts';
import { tellHeld } from '../holds/headers.ts';
import { holderKeyOf, holderOf } from '../holds/limits.ts';
import { keyedRequestOf } from '../once.ts';
import { getOrder } from '../orders/service.ts';
import { cartToken, guestTokenOf, ownerOf, scopeOf, tokenIn } from '../owner.ts';
import { checkOut } from './service.ts';

export function registerCheckout(app: App, deps: OrderDeps): void {
  const create = operation({
    id: 'checkOut',
    summary: 'Makes an order of a cart, for the expected total or not at all; its goods are kept for fifteen minutes',
    access: { roles: 'anyone', otherwise: 'the bearer of the cart’s token, in the header cart-token' },
    reads: cartToken,
    request: { body: Checkout },
    answers: { 201: PlacedOrder },
    errors: [
      'not_found',
      'state_conflict',
      'reference_missing',
      'foreign_home_region',
      'price_changed',
      'out_of_stock',
      'not_deliverable',
      'amount_too_large',
      'account_erased',
      'limit_reached',
    ],
    example: { body: checkoutExample, answer: orderExample },
    needs: ['idempotency-key'],
    tells: ['etag', 'location'],
  });
  app.post('/v1/checkouts', create, async (request, reply) => {
    const owner = ownerOf(request, 'cart-token');
    const holder =
      deps.holds === undefined
        ? undefined
        : holderOf(owner, clientAddressOf(request), deps.holds, holderKeyOf(await deps.callbackSecret()));
    const buyer = { owner, cartToken: tokenIn(request, 'cart-token') };
    // Also where it is refused there is reason to sweep: what is short may be kept for somebody whose time is up.
    const orderId = await checkOut(deps, buyer, keyedRequestOf(request, scopeOf(owner)), request.body, {
      ...(holder === undefined ? {} : { holder }),
      tell: (of, held) => tellHeld(reply, of, held),
    }).finally(deps.nudge);
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    const token = guestTokenOf(buyer, orderId);
    const viewer = token === undefined ? owner : { accountId: null, tokenHash: hashOfToken(token) };
    const { item, version } = await getOrder(deps.db, orderId, viewer);
    return reply
      .code(201)
      .header('location', `/v1/orders/${orderId}`)
      .header('etag', versionTag(version))
      .header('cache-control', 'no-store')
      .send(token === undefined ? item : { ...item, token });
  });
}
