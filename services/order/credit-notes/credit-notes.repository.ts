import { sql } from 'kysely';

import type { Buyer } from '#contracts/invoice.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';
import type { Credit } from '../rules/credit.ts';

export interface NewCreditNote {
  readonly id: string;
  readonly orderId: string;
  readonly returnId: string | null;
  /** Before year and serial. */
  readonly numberPrefix: string;
  readonly credit: Credit;
}

export interface CreditNoteRow {
  readonly id: string;
  readonly number: string;
  readonly issued_at: string;
  readonly return_id: string | null;
  readonly invoice_number: string;
  readonly buyer: Buyer | null;
  readonly shipping_net_minor: string;
  readonly shipping_tax_minor: string;
  readonly net_minor: string;
  readonly tax_minor: string;
  readonly total_minor: string;
  readonly lines: readonly CreditNoteLine[];
}

export interface CreditNoteLine {
  readonly line: number;
  readonly quantity: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
}

/**
 * Writes a credit note where the order was invoiced, with the next serial of this year (UTC), at the instant of its turn, as invoices are: in one statement,
 * since whoever waits for the number waits for all that follows on it.
 */
export async function insertCreditNote(trx: Trx, { id, orderId, returnId, numberPrefix, credit }: NewCreditNote): Promise<void> {
  const { lines, shipping, totals } = credit;
  await sql`
    WITH turn AS MATERIALIZED (
      SELECT pg_advisory_xact_lock(hashtextextended('orders.credit_note', 0)) FROM orders.invoice i WHERE i.order_id = ${orderId}
    ), moment AS MATERIALIZED (
      SELECT clock_timestamp() AS at FROM turn
    ), serial AS (
      INSERT INTO orders.credit_note_counter AS c (year, last)
      SELECT extract(year FROM m.at AT TIME ZONE 'UTC')::int, 1 FROM moment m
      ON CONFLICT (year) DO UPDATE SET last = c.last + 1
      RETURNING year, last
    ), note AS (
      INSERT INTO orders.credit_note (id, order_id, return_id, number, issued_at, shipping_net_minor, shipping_tax_minor, net_minor, tax_minor, total_minor)
      SELECT ${id}, ${orderId}, ${returnId}, concat_ws('-', ${numberPrefix}::text, s.year, lpad(s.last::text, greatest(6, length(s.last::text)), '0')),
        m.at, ${shipping.netMinor}, ${shipping.taxMinor}, ${totals.netMinor}, ${totals.taxMinor}, ${totals.totalMinor}
      FROM serial s, moment m
      RETURNING id, order_id
    )
    INSERT INTO orders.credit_note_line (credit_note_id, order_id, line, quantity, net_minor, tax_minor, total_minor)
    SELECT n.id, n.order_id, l.line, l.quantity, l.net_minor, l.tax_minor, l.total_minor
    FROM note n, unnest(${lines.map(({ line }) => line)}::int[], ${lines.map(({ quantity }) => quantity)}::int[],
      ${lines.map(({ netMinor }) => netMinor)}::int8[], ${lines.map(({ taxMinor }) => taxMinor)}::int8[],
      ${lines.map(({ totalMinor }) => totalMinor)}::int8[]) AS l(line, quantity, net_minor, tax_minor, total_minor)`.execute(trx);
}

/** The credit notes of an order, the first one first. */
export async function selectCreditNotes(db: OrderDb, orderId: string): Promise<CreditNoteRow[]> {
  const { rows } = await sql<CreditNoteRow>`
    SELECT n.id, n.number, ${instantText(sql`n.issued_at`)} AS issued_at, n.return_id, i.number AS invoice_number, i.buyer,
      n.shipping_net_minor, n.shipping_tax_minor, n.net_minor, n.tax_minor, n.total_minor,
      (SELECT jsonb_agg(jsonb_build_object('line', l.line, 'quantity', l.quantity, 'netMinor', l.net_minor, 'taxMinor', l.tax_minor,
        'totalMinor', l.total_minor) ORDER BY l.line) FROM orders.credit_note_line l WHERE l.credit_note_id = n.id) AS lines
    FROM orders.credit_note n JOIN orders.invoice i ON i.order_id = n.order_id
    WHERE n.order_id = ${orderId} ORDER BY n.issued_at, n.id`.execute(db);
  return rows;
}
