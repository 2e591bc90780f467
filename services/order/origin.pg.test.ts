/**
 * Goal: whatever an order sets off, an event or a call of the payment provider, has the trace and the correlation id of the request that it came of, and nothing of a
 * client's choosing besides.
 * Method: requests with headers of their own, on a real database; the outbox and what the provider heard are read. Planted once each: the id of a client's choosing is
 * taken as it is; a sweep in the background goes on in the trace of the request that gave it a reason.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { createSweeper, type Sweeper } from './sweep/sweeper.ts';
import { openScene, type Scene } from './testing/scene.ts';
import { newCustomer, pay, placeOrder, type Key } from './testing/shop.ts';

let scene: Scene;
let sweeper: Sweeper;
let mug: string;
beforeAll(async () => {
  scene = await openScene('world', { nudge: () => sweeper.nudge() });
  mug = await scene.product('OR-MUG', 500, { onHand: 100 });
});
afterAll(() => scene.close());
beforeEach(async () => {
  sweeper = createSweeper(scene.deps, { gapMs: 1 });
  await scene.inspect.query('DELETE FROM events.outbox');
  return () => sweeper.drain();
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const from = (correlationId: string): Key => ({
  ...newCustomer(),
  headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'x-correlation-id': correlationId },
});
const place = (key: Key) => placeOrder(scene, [{ productId: mug, quantity: 1 }], key);
const eventsOf = async (orderId: string): Promise<Record<string, unknown>[]> =>
  (await scene.inspect.query('SELECT type, traceparent, correlation_id FROM events.outbox WHERE subject = $1 ORDER BY seq', [orderId]))
    .rows;
const ofTrace = (id: string) => expect.stringMatching(new RegExp(`^00-${id}-[0-9a-f]{16}-0[01]$`));

it('an event and a call of the provider have those of their request', async () => {
  const [placedBy, paidBy] = [randomUUID(), randomUUID()];
  const placed = await place(from(placedBy));
  const paid = await pay(scene, { url: placed.url, key: { ...placed.key, headers: { 'x-correlation-id': paidBy } } });
  expect(paid.status).toBe(201);
  expect(await eventsOf(placed.order.id)).toEqual([
    { type: 'madeinworld.order.placed.v1', traceparent: ofTrace(traceId), correlation_id: placedBy },
    { type: 'madeinworld.order.confirmed.v1', traceparent: paid.headers['traceparent'], correlation_id: paidBy },
  ]);
  expect(scene.sandbox.heard.at(-1)).toMatchObject({ traceparent: paid.headers['traceparent'], 'x-correlation-id': paidBy });
});

it('an id that is of a client’s choosing goes into no event and to no provider: one of ours takes its place', async () => {
  const placed = await place(from('zorba.quillfeather'));
  const ours = (await pay(scene, placed)).headers['x-correlation-id'];
  expect(ours).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const events = await eventsOf(placed.order.id);
  expect(events).toMatchObject([{ traceparent: ofTrace(traceId) }, { traceparent: ofTrace(traceId), correlation_id: ours }]);
  expect(JSON.stringify(events)).not.toContain('quillfeather');
  expect(scene.sandbox.heard.at(-1)).toMatchObject({ traceparent: ofTrace(traceId), 'x-correlation-id': ours });
});

it('a sweep in the background has its own, not those of the request that gave it a reason', async () => {
  const overdue = await place(from(randomUUID()));
  await sweeper.drain();
  await scene.inspect.query(`UPDATE orders.order SET expires_at = now() - interval '1 s' WHERE id = $1`, [overdue.order.id]);
  sweeper = createSweeper(scene.deps, { gapMs: 1 });
  await place(from(randomUUID()));
  await expect.poll(async () => (await eventsOf(overdue.order.id)).length).toBe(2);
  const [, expired] = await eventsOf(overdue.order.id);
  expect(expired).toMatchObject({ type: 'madeinworld.order.expired.v1', correlation_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(expired?.['correlation_id']).not.toBe(traceId);
  expect(expired?.['traceparent']).toEqual(ofTrace(String(expired?.['correlation_id'])));
});
