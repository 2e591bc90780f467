import { randomUUIDv7 } from 'node:crypto';

import type { CreditNote, CreditNotes } from '#contracts/credit-note.ts';
import type { Region } from '#contracts/regions.ts';
import type { Money } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';

import type { OrderDb, Trx } from '../deps.ts';
import { findOrder, selectOrderLines, type OrderLineRow, type OrderRow, type Viewer } from '../orders/orders.repository.ts';
import { creditOf, type Credit, type Units } from '../rules/credit.ts';
import { creditNotePrefixOf } from '../rules/numbers.ts';
import { sellers } from '../rules/seller.ts';
import { insertCreditNote, selectCreditNotes, type CreditNoteRow } from './credit-notes.repository.ts';

/** What `units` of an order are credited with. Lines are as they were before these units came back, or were given up. Pure. */
export const creditFor = (order: OrderRow, lines: readonly OrderLineRow[], units: readonly Units[]): Credit =>
  creditOf(
    lines.map((row) => ({ line: row.line, quantity: row.quantity, returned: creditedUnits(row), ...taxedOf(row) })),
    taxedOf({
      net_minor: order.shipping_net_minor,
      tax_minor: order.shipping_tax_minor,
      total_minor: Number(order.shipping_net_minor) + Number(order.shipping_tax_minor),
    }),
    units,
  );

/** How many units of a line were credited so far: what was given up comes before all that comes back. Pure. */
export const creditedUnits = ({ short_closed: shortClosed, returned }: Pick<OrderLineRow, 'short_closed' | 'returned'>): number =>
  shortClosed + returned;

/** How many units of a line have neither come back nor been given up. Pure. */
export const uncredited = (line: Pick<OrderLineRow, 'quantity' | 'short_closed' | 'returned'>): number =>
  line.quantity - creditedUnits(line);

/** Everything of an order that nothing came back of. Pure. */
export const wholeOf = (order: OrderRow, lines: readonly OrderLineRow[]): Credit => creditFor(order, lines, lines);

/**
 * Writes the credit note of an order's return, of its cancellation, or of the rest that is given up, where it was invoiced. To be the last thing in its transaction: it takes the number that all
 * others wait for.
 */
export async function writeCreditNote(
  trx: Trx,
  region: Region,
  { orderId, returnId, credit }: { readonly orderId: string; readonly returnId: string | null; readonly credit: Credit },
): Promise<void> {
  await insertCreditNote(trx, { id: randomUUIDv7(), orderId, returnId, numberPrefix: creditNotePrefixOf(region), credit });
}

/** Throws AppError `not_found`, also for somebody else's order. */
export async function listCreditNotes(
  { db, region }: { readonly db: OrderDb; readonly region: Region },
  orderId: string,
  viewer: Viewer,
): Promise<CreditNotes> {
  const order = await findOrder(db, orderId, viewer);
  if (order === undefined) throw new AppError('not_found');
  const [lines, notes] = await Promise.all([selectOrderLines(db, orderId), selectCreditNotes(db, orderId)]);
  return { items: notes.map((note) => creditNoteOf(note, order, lines, region)) };
}

function creditNoteOf(row: CreditNoteRow, order: OrderRow, lines: readonly OrderLineRow[], region: Region): CreditNote {
  const money = (amountMinor: number | string): Money => ({ amountMinor: Number(amountMinor), currency: order.currency });
  const sold = new Map(lines.map((line) => [line.line, line]));
  return {
    id: row.id,
    number: row.number,
    issuedAt: row.issued_at,
    invoiceNumber: row.invoice_number,
    orderId: order.id,
    orderNumber: order.number,
    returnId: row.return_id,
    seller: sellers[region],
    buyer: row.buyer,
    taxBasisPoints: order.tax_basis_points,
    lines: row.lines.map(({ line, quantity, netMinor, taxMinor, totalMinor }) => {
      const of = sold.get(line);
      if (of === undefined) throw new Error('a line of an order has gone');
      return {
        productId: of.product_id,
        sku: of.sku,
        name: of.name,
        unit: money(of.unit_minor),
        quantity,
        net: money(netMinor),
        tax: money(taxMinor),
        total: money(totalMinor),
      };
    }),
    totals: {
      net: money(row.net_minor),
      shipping: money(Number(row.shipping_net_minor) + Number(row.shipping_tax_minor)),
      tax: money(row.tax_minor),
      total: money(row.total_minor),
    },
  };
}

const taxedOf = (row: { readonly net_minor: string; readonly tax_minor: string; readonly total_minor: string | number }) => ({
  netMinor: Number(row.net_minor),
  taxMinor: Number(row.tax_minor),
  totalMinor: Number(row.total_minor),
});
