/**
 * Goal: the rest of a partly shipped order can be given up: its goods, its money and its papers are settled at once, and what was shipped is delivered and returned as ever. `auditBooks` has the sums.
 * Planted once: lost goods that are put back into stock, a return of what was given up, shares that begin anew after it, no credit note, another amount, an order that waits for a delivery that was, the
 * warehouse that pays back.
 */
import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CreditNotes } from '#contracts/credit-note.ts';
import { Invoice } from '#contracts/invoice.ts';
import { Order, ShortCloseReason } from '#contracts/order.ts';
import type { Role } from '#platform/access.ts';

import { inRounds } from '../../testing/rounds.ts';
import { auditBooks } from '../testing/books.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { newCustomer, pay, placeOrder, readOrder } from '../testing/shop.ts';

let scene: Scene;
let [cup, lamp]: string[] = [];
beforeAll(async () => {
  scene = await openScene();
  [cup, lamp] = [await scene.product('S-CUP', 7, { onHand: 10_000 }), await scene.product('S-LAMP', 3_333, { onHand: 10_000 })];
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

const units = (productId: string | undefined, quantity: number) => ({ productId: productId!, quantity });
const conflict = (detail: string) => ({ status: 409, body: { code: 'state_conflict', detail } });

async function paidOrder(lines = [units(cup, 5), units(lamp, 1)], method = 'card-ok') {
  const placed = await placeOrder(scene, lines, newCustomer());
  expect(await pay(scene, placed, method)).toMatchObject({ status: 201, body: { state: 'captured' } });
  return placed;
}
type Placed = Awaited<ReturnType<typeof paidOrder>>;

const ship = ({ url }: Placed, lines: readonly object[]) =>
  scene.call('POST', `${url}/shipments`, { as: 'warehouse', idempotencyKey: randomUUID(), body: { lines } });
const deliver = async (placed: Placed) => {
  const { shipments } = await readOrder(scene, placed);
  for (const { id } of shipments)
    expect((await scene.call('POST', `${placed.url}/shipments/${id}/delivery`, { as: 'warehouse' })).status).toBe(200);
};
interface By {
  readonly as?: Role;
  readonly key?: string;
}
const shortClose = ({ url }: Placed, reason = 'lost', { as = 'support', key = randomUUID() }: By = {}) =>
  scene.call('POST', `${url}/short-closure`, { as, idempotencyKey: key, body: { reason } });
const giveBack = ({ url }: Placed, lines: readonly object[]) =>
  scene.call('POST', `${url}/returns`, {
    as: 'support',
    idempotencyKey: randomUUID(),
    body: { lines: lines.map((line) => ({ ...line, resellable: true })) },
  });
const notesOf = async ({ url, key }: Placed) => bodyOf(CreditNotes, await scene.call('GET', `${url}/credit-notes`, key)).items;
const stockOf = async (productId: string | undefined): Promise<{ on_hand: number; reserved: number }> =>
  (await scene.inspect.query('SELECT on_hand, reserved FROM inventory.stock WHERE product_id = $1', [productId])).rows[0];
const told = async ({ order }: Placed) =>
  (await scene.inspect.query('SELECT type FROM events.outbox WHERE subject = $1 ORDER BY seq', [order.id])).rows.map(({ type }) =>
    type.replace('madeinworld.', '').replace('.v1', ''),
  );

/** Two cups of five are on their way; three and the lamp are left. */
async function partlyShipped(method = 'card-ok') {
  const placed = await paidOrder(undefined, method);
  expect((await ship(placed, [units(cup, 2)])).status).toBe(201);
  return placed;
}

describe('the rest of a partly shipped order', () => {
  it('is given up with its money and its papers, once for its key, and tells of it', async () => {
    const placed = await partlyShipped();
    const key = randomUUID();
    const closed = bodyOf(Order, await shortClose(placed, 'lost', { key }));
    expect(closed).toMatchObject({
      state: 'confirmed',
      paymentState: 'partly_refunded',
      fulfilmentState: 'shipped',
      lines: [
        { quantity: 5, shipped: 2, shortClosed: 3, returned: 0 },
        { quantity: 1, shipped: 0, shortClosed: 1, returned: 0 },
      ],
      shortClosure: { reason: 'lost' },
    });
    const { refund } = closed.shortClosure!;
    expect(refund.amountMinor).toBe(21 + 3_333);
    expect(bodyOf(Order, await shortClose(placed, 'lost', { key })).updatedAt).toBe(closed.updatedAt);
    expect(await shortClose(placed)).toMatchObject(conflict('The delivery is shipped.'));
    const [payment] = closed.payments;
    expect(payment!.refunded).toEqual(refund);
    expect(scene.sandbox.ledger.balanceOf(payment!.id)).toBe(closed.total.amountMinor - refund.amountMinor);
    const { number, totals } = bodyOf(Invoice, await scene.call('GET', `${placed.url}/invoice`, placed.key));
    expect(await notesOf(placed)).toMatchObject([
      {
        invoiceNumber: number,
        returnId: null,
        lines: [
          { productId: cup, quantity: 3 },
          { productId: lamp, quantity: 1 },
        ],
        // Delivery was sent, and goes back with the last unit alone.
        totals: { shipping: { amountMinor: 0 }, total: refund },
      },
    ]);
    expect(totals.shipping.amountMinor).toBeGreaterThan(0);
    expect((await told(placed)).slice(-2)).toEqual(['order.short_closed', 'payment.refunded']);
    expect(bodyOf(Order, await scene.call('GET', placed.url, placed.key)).shortClosure).toEqual(closed.shortClosure);
  });

  it.each(ShortCloseReason.enum)('leaves stock where it is not there, and can be sold again where it is: %s', async (reason) => {
    const before = await stockOf(cup);
    const placed = await partlyShipped();
    expect((await shortClose(placed, reason)).status).toBe(201);
    const isThere = reason === 'withdrawn';
    expect(await stockOf(cup)).toEqual({ on_hand: before.on_hand - (isThere ? 2 : 5), reserved: before.reserved });
  });

  it('is not shipped after, and what was shipped is delivered and returned: with its last unit the delivery goes back', async () => {
    const placed = await partlyShipped();
    await shortClose(placed);
    expect(await ship(placed, [units(cup, 1)])).toMatchObject(conflict('No unit of S-CUP can still be shipped.'));
    expect((await scene.call('POST', `${placed.url}/cancellation`, { as: 'admin' })).status).toBe(409);
    await deliver(placed);
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'completed', fulfilmentState: 'delivered' });
    expect(await giveBack(placed, [units(cup, 3)])).toMatchObject(conflict('Only 2 units of S-CUP can still come back.'));
    expect(await giveBack(placed, [units(lamp, 1)])).toMatchObject(conflict('No unit of S-LAMP can still come back.'));
    expect(bodyOf(Order, await giveBack(placed, [units(cup, 1)])).fulfilmentState).toBe('partly_returned');
    const all = bodyOf(Order, await giveBack(placed, [units(cup, 1)]));
    expect(all).toMatchObject({ fulfilmentState: 'returned', paymentState: 'refunded', payments: [{ refunded: all.total }] });
    expect(scene.sandbox.ledger.balanceOf(all.payments[0]!.id)).toBe(0);
    const notes = await notesOf(placed);
    expect(notes.map(({ totals }) => totals.shipping.amountMinor > 0)).toEqual([false, false, true]);
  });

  it('completes the order where all that was shipped has arrived', async () => {
    const placed = await partlyShipped();
    await deliver(placed);
    expect(bodyOf(Order, await shortClose(placed))).toMatchObject({ state: 'completed', fulfilmentState: 'delivered' });
    expect((await told(placed)).slice(-3)).toEqual(['order.short_closed', 'order.delivered', 'payment.refunded']);
  });

  it('is owed where the provider refuses it, until another refund takes its place', async () => {
    const placed = await partlyShipped('card-closed');
    const { payments, paymentState } = bodyOf(Order, await shortClose(placed));
    expect([payments[0]!.refunded.amountMinor, paymentState]).toEqual([0, 'captured']);
    const { items } = (await scene.call('GET', '/v1/orders/refunds?owed=true', { as: 'support' })).body as {
      items: { id: string; orderId: string; cause: string }[];
    };
    const owed = items.find(({ orderId }) => orderId === placed.order.id);
    expect(owed?.cause).toBe('short_closed');
    const retried = { as: 'support', idempotencyKey: randomUUID(), body: { givenBy: 'elsewhere', reference: 'BACS-1' } } as const;
    expect((await scene.call('POST', `/v1/orders/refunds/${owed!.id}/retries`, retried)).status).toBe(201);
    expect(await readOrder(scene, placed)).toMatchObject({
      paymentState: 'partly_refunded',
      shortClosure: { refund: { amountMinor: 3_354 } },
    });
  });

  it('is given up once, whoever does it at once, and whatever is shipped meanwhile', async () => {
    await inRounds(async (round) => {
      const placed = await partlyShipped();
      const answers = await Promise.all([shortClose(placed), shortClose(placed), ship(placed, [units(cup, 1)])]);
      expect(
        answers
          .slice(0, 2)
          .map(({ status }) => status)
          .toSorted(),
        `round ${round}`,
      ).toEqual([201, 409]);
      expect([201, 409]).toContain(answers[2].status);
    });
  }, 120_000);
});

it('is of what was shipped in part, and done by who decides on refunds: it pays money back', async () => {
  const pending = await placeOrder(scene, [units(cup, 1)], newCustomer());
  expect(await shortClose(pending)).toMatchObject(conflict('The order is not paid yet.'));
  const placed = await paidOrder();
  expect(await shortClose(placed)).toMatchObject(conflict('Nothing of it has been shipped: it can be cancelled.'));
  for (const as of ['customer', 'catalogue', 'warehouse', 'operator'] as const)
    expect((await shortClose(placed, 'lost', { as })).status).toBe(403);
  await ship(placed, [units(cup, 5), units(lamp, 1)]);
  expect(await shortClose(placed)).toMatchObject(conflict('The delivery is shipped.'));
  expect((await shortClose(placed, 'gone')).status).toBe(400);
  expect((await shortClose({ ...placed, url: `/v1/orders/${randomUUID()}` })).status).toBe(404);
});

it('whatever is shipped, given up and brought back, in whatever parts, the money is the invoice in the end', async () => {
  const part = fc.record({
    cups: fc.integer({ min: 2, max: 9 }),
    lamps: fc.integer({ min: 1, max: 3 }),
    shipped: fc.nat(20),
    backs: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(part, fc.constantFrom(...ShortCloseReason.enum), async ({ cups, lamps, shipped, backs }, reason) => {
      const placed = await paidOrder([units(cup, cups), units(lamp, lamps)]);
      // At least one unit is shipped, and one is not.
      const sent = 1 + (shipped % (cups - 1));
      await ship(placed, [units(cup, sent)]);
      expect((await shortClose(placed, reason)).status).toBe(201);
      await deliver(placed);
      let left = sent;
      for (const most of [...backs, sent]) {
        const quantity = Math.min(most, left);
        if (quantity > 0) expect((await giveBack(placed, [units(cup, quantity)])).status).toBe(201);
        left -= quantity;
      }
      const { total, payments } = await readOrder(scene, placed);
      expect(payments[0]!.refunded).toEqual(total);
      expect((await notesOf(placed)).reduce((sum, { totals }) => sum + totals.total.amountMinor, 0)).toBe(total.amountMinor);
    }),
    { numRuns: 12 },
  );
}, 120_000);
