/**
 * Goal: whatever of an invoiced order comes back or ends has a credit note, once, numbered without gaps and adding up to the invoice; `auditBooks` has the sums.
 * Planted once: a number from a sequence, a return that takes the whole invoice back, a cancellation without a note.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CreditNotes } from '#contracts/credit-note.ts';
import { Invoice } from '#contracts/invoice.ts';
import { Order } from '#contracts/order.ts';
import { Refund } from '#contracts/refund.ts';
import { RecordedSales } from '#contracts/sale.ts';
import { pageOf } from '#contracts/values.ts';

import type { Credit } from '../rules/credit.ts';
import { auditBooks } from '../testing/books.ts';
import { inRounds } from '../../testing/rounds.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { home, newCustomer, pay, placeOrder, type Key } from '../testing/shop.ts';
import { selectCreditNotes } from './credit-notes.repository.ts';
import { writeCreditNote } from './service.ts';

let scene: Scene;
let [cup, lamp]: string[] = [];
beforeAll(async () => {
  scene = await openScene();
  [cup, lamp] = [await scene.product('C-CUP', 7, { onHand: 10_000 }), await scene.product('C-LAMP', 3_333, { onHand: 10_000 })];
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

interface Placed {
  readonly url: string;
  readonly key: Key;
}
const units = (productId: string | undefined, quantity: number) => ({ productId: productId!, quantity });
const notesOf = async ({ url, key }: Placed) => bodyOf(CreditNotes, await scene.call('GET', `${url}/credit-notes`, key)).items;
const invoiceOf = async ({ url, key }: Placed) => bodyOf(Invoice, await scene.call('GET', `${url}/invoice`, key));
const cancel = ({ url, key }: Placed) => scene.call('POST', `${url}/cancellation`, key);
const giveBack = ({ url }: Placed, lines: readonly ReturnType<typeof units>[], idempotencyKey: string = randomUUID()) =>
  scene.call('POST', `${url}/returns`, {
    as: 'support',
    idempotencyKey,
    body: { lines: lines.map((line) => ({ ...line, resellable: true })) },
  });

async function paidOrder(method = 'card-ok'): Promise<Placed & { readonly order: Order }> {
  const placed = await placeOrder(scene, [units(cup, 5), units(lamp, 1)], newCustomer());
  expect((await pay(scene, placed, method)).status).toBe(201);
  return placed;
}

async function deliveredOrder(): Promise<Placed> {
  const placed = await paidOrder();
  const shipped = { as: 'warehouse', idempotencyKey: randomUUID(), body: { lines: [units(cup, 5), units(lamp, 1)] } } as const;
  const { shipments } = bodyOf(Order, await scene.call('POST', `${placed.url}/shipments`, shipped));
  await scene.call('POST', `${placed.url}/shipments/${shipments[0]!.id}/delivery`, { as: 'warehouse' });
  return placed;
}

const free = { netMinor: 0, taxMinor: 0, totalMinor: 0 };
const nothing: Credit = { lines: [{ line: 1, quantity: 1, ...free }], shipping: free, totals: free };

/** The serials of this year, in the order in which the notes were issued. */
async function serials(): Promise<number[]> {
  const { rows } = await scene.inspect.query('SELECT number FROM orders.credit_note ORDER BY issued_at, number');
  return rows.map(({ number }: { number: string }) => Number(number.split('-').at(-1)));
}
const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

describe('a return', () => {
  it('is credited in parts that are the invoice in the end, each with a number and the invoice’s', async () => {
    const placed = await deliveredOrder();
    const invoice = await invoiceOf(placed);
    const key = randomUUID();
    for (let time = 0; time < 2; time += 1) expect((await giveBack(placed, [units(cup, 2)], key)).status).toBe(201);
    const [first, ...others] = await notesOf(placed);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      number: expect.stringMatching(/^W-CR-\d{4}-\d{6}$/),
      invoiceNumber: invoice.number,
      orderId: invoice.orderId,
      seller: invoice.seller,
      buyer: { recipient: home.recipient },
      taxBasisPoints: 2_000,
      // Of 35 pence with 6 of tax: two fifths of either.
      lines: [{ productId: cup, quantity: 2, net: { amountMinor: 12 }, tax: { amountMinor: 2 }, total: { amountMinor: 14 } }],
      totals: { shipping: { amountMinor: 0 }, total: { amountMinor: 14 } },
    });
    const order = bodyOf(Order, await giveBack(placed, [units(cup, 3), units(lamp, 1)]));
    const notes = await notesOf(placed);
    expect(notes.map(({ returnId }) => returnId)).toEqual(order.returns.map(({ id }) => id));
    for (const name of ['net', 'tax', 'shipping', 'total'] as const)
      expect(notes.reduce((sum, { totals }) => sum + totals[name].amountMinor, 0)).toBe(invoice.totals[name].amountMinor);
  });

  it('is shown to its owner and the staff, and to nobody else', async () => {
    const placed = await deliveredOrder();
    await giveBack(placed, [units(cup, 1)]);
    const read = async (key: Key) => (await scene.call('GET', `${placed.url}/credit-notes`, key)).status;
    for (const as of ['support', 'warehouse', 'admin'] as const) expect(await read({ as })).toBe(200);
    for (const as of ['catalogue', 'operator'] as const) expect(await read({ as })).toBe(404);
    expect(await read(placed.key)).toBe(200);
    expect(await read(newCustomer())).toBe(404);
    expect(await read({})).toBe(401);
  });

  it('of a recorded sale is credited as any other, once for its reference', async () => {
    const sale = { reference: 'C-1', soldAt: '2010-12-01T08:26:00Z', shipTo: home, lines: [{ ...units(cup, 3), unitMinor: 11 }] };
    const body = { channel: 'fair', currency: 'GBP', sales: [sale] };
    const [recorded] = bodyOf(RecordedSales, await scene.call('POST', '/v1/orders/sales', { as: 'support', body })).sales;
    const returns = [{ reference: 'C-1-back', sale: 'C-1', lines: [{ ...units(cup, 3), resellable: true }] }];
    for (let time = 0; time < 2; time += 1)
      expect((await scene.call('POST', '/v1/orders/sales/returns', { as: 'support', body: { returns } })).status).toBe(200);
    const placed = { url: `/v1/orders/${recorded!.orderId}`, key: { as: 'support' } } as const;
    expect((await notesOf(placed)).map(({ totals }) => totals)).toEqual([(await invoiceOf(placed)).totals]);
  });
});

describe('a cancellation', () => {
  it('of what was invoiced takes the whole invoice back, once', async () => {
    const placed = await paidOrder();
    for (let time = 0; time < 2; time += 1) expect((await cancel(placed)).status).toBe(200);
    const { number, lines, totals } = await invoiceOf(placed);
    expect(await notesOf(placed)).toMatchObject([{ invoiceNumber: number, returnId: null, lines, totals }]);
  });

  it('of what was never paid has nothing to take back', async () => {
    const placed = await placeOrder(scene, [units(cup, 1)], newCustomer());
    expect((await cancel(placed)).status).toBe(200);
    expect(await notesOf(placed)).toEqual([]);
  });

  it('is credited once, however often its refund is tried', async () => {
    const placed = await paidOrder('card-reopened');
    await cancel(placed);
    const owed = bodyOf(pageOf(Refund), await scene.call('GET', '/v1/orders/refunds?owed=true', { as: 'support' }));
    const refused = owed.items.find(({ orderId }) => placed.url.endsWith(orderId));
    const retried = { as: 'support', idempotencyKey: randomUUID(), body: { givenBy: 'provider' } } as const;
    expect((await scene.call('POST', `/v1/orders/refunds/${refused!.id}/retries`, retried)).status).toBe(201);
    expect(await notesOf(placed)).toHaveLength(1);
  });
});

describe('numbers', () => {
  it('have no gaps, in the order in which they were issued, whoever credits at once and whatever rolls back', async () => {
    await inRounds(async (round) => {
      const [returned, cancelled, refused] = [await deliveredOrder(), await paidOrder(), await paidOrder()];
      const rolledBack = scene.database.db.transaction().execute(async (trx) => {
        await writeCreditNote(trx, 'world', { orderId: refused.order.id, returnId: null, credit: nothing });
        expect(await selectCreditNotes(trx, refused.order.id)).toHaveLength(1);
        throw new Error('on purpose');
      });
      const answers = await Promise.all([
        giveBack(returned, [units(cup, 1)]),
        giveBack(returned, [units(cup, 1)]),
        cancel(cancelled),
        cancel(cancelled),
        rolledBack.catch((error: Error) => ({ status: error.message })),
      ]);
      expect(
        answers.map(({ status }) => status),
        `round ${round}`,
      ).toEqual([201, 201, 200, 200, 'on purpose']);
    });
    const issued = await serials();
    expect(issued).toEqual(upTo(issued.length));
  }, 120_000);

  it('are of a series of their own, and what is issued stays as it is', async () => {
    const [{ number }] = [await invoiceOf(await paidOrder())];
    expect(number).toMatch(/^W-\d{4}-\d{6}$/);
    for (const change of [
      'DELETE FROM orders.credit_note',
      'UPDATE orders.credit_note SET total_minor = 0',
      'DELETE FROM orders.credit_note_line',
    ])
      await expect(scene.database.pool.query(change)).rejects.toMatchObject({ code: '42501' });
  });
});
