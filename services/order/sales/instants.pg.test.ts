/**
 * Goal: nothing is recorded that has not come yet, or that came back before it was sold: the books of a month would never show it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { RecordedSales } from '#contracts/sale.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { home } from '../testing/shop.ts';

let scene: Scene;
let mug: string;
beforeAll(async () => {
  scene = await openScene();
  mug = await scene.product('I-MUG', 500, { onHand: 100 });
});
afterAll(() => scene.close());

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
const record = (reference: string, soldAt: string) =>
  scene.call('POST', '/v1/orders/sales', {
    as: 'support',
    body: {
      channel: 'till',
      currency: 'GBP',
      sales: [{ reference, soldAt, shipTo: home, lines: [{ productId: mug, quantity: 3, unitMinor: 255 }] }],
    },
  });
const takeBack = (reference: string, sale: string, returnedAt: string) =>
  scene.call('POST', '/v1/orders/sales/returns', {
    as: 'support',
    body: { returns: [{ reference, sale, returnedAt, lines: [{ productId: mug, quantity: 1, resellable: true }] }] },
  });
const refused = (field: string, message: string) => ({
  status: 400,
  body: { code: 'invalid_request', errors: [{ field, message }] },
});

it('a sale that has not come yet is refused, but for clocks that differ', async () => {
  expect(await record('I-1', inSeconds(90))).toMatchObject(refused('soldAt', 'has not come yet'));
  expect(bodyOf(RecordedSales, await record('I-1', inSeconds(30))).sales).toMatchObject([{ isNew: true }]);
});

it('what comes back is refused before its sale and in the future, but for clocks that differ; nothing is kept of it', async () => {
  const [sold] = bodyOf(RecordedSales, await record('I-2', '2026-02-01T08:26:00Z')).sales;
  expect(await takeBack('C-2', 'I-2', inSeconds(90))).toMatchObject(refused('returnedAt', 'has not come yet'));
  expect(await takeBack('C-2', 'I-2', '2026-02-01T08:24:59Z')).toMatchObject(refused('returnedAt', 'is before the sale'));
  expect((await scene.inspect.query('SELECT FROM orders.return WHERE order_id = $1', [sold!.orderId])).rowCount).toBe(0);
  expect(await takeBack('C-2', 'I-2', '2026-02-01T08:25:30Z')).toMatchObject({ status: 200, body: { returns: [{ isNew: true }] } });
  expect(await takeBack('C-3', 'I-2', inSeconds(30))).toMatchObject({ status: 200, body: { returns: [{ isNew: true }] } });
});
