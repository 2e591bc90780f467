import { signatureOf } from '#platform/webhooks/signature.ts';

import type { Answer } from '../../testing/http.ts';
import { SIGNATURE_HEADER } from '../payments/wire.ts';
import type { Scene } from './scene.ts';

/** What comes later: time that passes, the sweep, and the provider that calls back. */

/** Makes attempts and refunds of an order as old as the sweep wants them. */
export async function ageOpen({ inspect }: Scene, orderId: string): Promise<void> {
  await inspect.query(`UPDATE orders.payment SET asked_at = now() - interval '2 min' WHERE order_id = $1`, [orderId]);
  await inspect.query(
    `UPDATE orders.refund SET asked_at = now() - interval '2 min' WHERE payment_id IN (SELECT id FROM orders.payment WHERE order_id = $1)`,
    [orderId],
  );
}

/** Lets the goods of an order be overdue, and expire where `also` says so. */
export async function letBeOverdue({ inspect }: Scene, orderId: string, also?: 'expired'): Promise<void> {
  await inspect.query(`UPDATE orders.order SET expires_at = now() - interval '1 s' WHERE id = $1`, [orderId]);
  await inspect.query(`UPDATE inventory.reservation SET expires_at = now() - interval '1 s' WHERE order_id = $1`, [orderId]);
  if (also === 'expired') await inspect.query('SELECT inventory.expire(1, ARRAY[$1::uuid])', [orderId]);
}

/** What a sweep says that it did. */
export const sweptBy = async (scene: Scene): Promise<unknown> => (await scene.call('POST', '/v1/orders/sweep', { as: 'operator' })).body;

export const callBackTo = (
  scene: Scene,
  body: object,
  options: { readonly secret?: string; readonly atMs?: number; readonly signed?: object } = {},
): Promise<Answer> =>
  scene.call('POST', '/v1/payments/callbacks', {
    body,
    headers: {
      [SIGNATURE_HEADER]: signatureOf(
        options.secret ?? scene.sandbox.callbackSecret,
        Buffer.from(JSON.stringify(options.signed ?? body)),
        options.atMs ?? Date.now(),
      ),
    },
  });
