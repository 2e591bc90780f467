/**
 * Goal: a payment is given up as failed by the provider's own word alone. What else answers 404 (a gateway before it, a wrong address) leaves it unknown: who pays once more after that pays twice, and
 * nobody asks about the first. Planted once: any 404 counts.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { Payment } from '#contracts/order.ts';

import { silentLog } from '../../testing/region-database.ts';
import { sweep } from '../sweep/sweep.ts';
import { auditBooks } from '../testing/books.ts';
import { ageOpen, sweptBy } from '../testing/passing-time.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { newCustomer, pay, placeOrder, readOrder } from '../testing/shop.ts';
import { createHttpProvider } from './http-provider.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

it('what a gateway does not find is asked about again, and taken where the provider has captured it', async () => {
  const productId = await scene.product('A-MUG', 500, { onHand: 10 });
  const placed = await placeOrder(scene, [{ productId, quantity: 1 }], newCustomer());
  const { id } = bodyOf(Payment, await pay(scene, placed, 'card-broken-ok'));
  await ageOpen(scene, placed.order.id);
  const gateway = createServer((_request, response) =>
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}'),
  );
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const provider = createHttpProvider({ url, apiKey: async () => 'k', timeoutMs: 3_000, log: silentLog });
  await sweep({ ...scene.deps, provider }, 100, undefined);
  gateway.close();
  expect(await readOrder(scene, placed)).toMatchObject({ state: 'pending', paymentState: 'unknown' });
  expect((await pay(scene, placed)).status).toBe(409);
  await ageOpen(scene, placed.order.id);
  await sweptBy(scene);
  expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed', paymentState: 'captured', payments: [{ id }] });
});
