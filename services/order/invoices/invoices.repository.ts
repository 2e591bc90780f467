import { sql } from 'kysely';

import type { Buyer } from '#contracts/invoice.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';

export interface NewInvoice {
  readonly id: string;
  readonly orderId: string;
  readonly number: string;
  readonly buyer?: Buyer;
}

export interface InvoiceRow {
  readonly id: string;
  readonly number: string;
  readonly issued_at: string;
  readonly buyer: Buyer | null;
}

/**
 * The next `count` serials of this year (UTC): `last` is the last of them. The year's row stays locked until the transaction ends, and rolls back with it: so this
 * comes last in a transaction, for every other invoice waits.
 */
export async function takeSerials(trx: Trx, count: number): Promise<{ readonly year: number; readonly last: number }> {
  const { rows } = await sql<{ year: number; last: number }>`
    INSERT INTO orders.invoice_counter AS c (year, last) VALUES (extract(year FROM clock_timestamp() AT TIME ZONE 'UTC')::int, ${count})
    ON CONFLICT (year) DO UPDATE SET last = c.last + excluded.last
    RETURNING year, last`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('an upsert answered no row');
  return row;
}

/** Issued when it is numbered, so that later numbers have later instants. */
export async function insertInvoices(trx: Trx, invoices: readonly NewInvoice[]): Promise<void> {
  await sql`
    INSERT INTO orders.invoice (id, order_id, number, issued_at, buyer)
    SELECT i.id, i."orderId", i.number, clock_timestamp(), i.buyer
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(invoices)}::jsonb) AS (id uuid, "orderId" uuid, number text, buyer jsonb)) WITH ORDINALITY
      AS i(id, "orderId", number, buyer, position)
    ORDER BY i.position`.execute(trx);
}

export async function findInvoice(db: OrderDb, orderId: string): Promise<InvoiceRow | undefined> {
  const { rows } = await sql<InvoiceRow>`
    SELECT i.id, i.number, ${instantText(sql`i.issued_at`)} AS issued_at, i.buyer FROM orders.invoice i WHERE i.order_id = ${orderId}`.execute(
    db,
  );
  return rows[0];
}
