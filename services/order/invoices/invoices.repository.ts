import { sql } from 'kysely';

import type { Buyer } from '#contracts/invoice.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';

export interface InvoiceRow {
  readonly id: string;
  readonly number: string;
  readonly issued_at: string;
  readonly buyer: Buyer | null;
}

/**
 * The next serial of this year (UTC), and the instant that it is of. The year's row stays locked until the transaction ends, and rolls back with it: so this comes
 * last in a transaction, for every other invoice waits.
 */
export async function takeSerial(trx: Trx): Promise<{ readonly year: number; readonly serial: number }> {
  const { rows } = await sql<{ year: number; serial: number }>`
    INSERT INTO orders.invoice_counter AS c (year, last) VALUES (extract(year FROM clock_timestamp() AT TIME ZONE 'UTC')::int, 1)
    ON CONFLICT (year) DO UPDATE SET last = c.last + 1
    RETURNING year, last AS serial`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('an upsert answered no row');
  return row;
}

/** Issued when it is numbered, so that later numbers have later instants. */
export async function insertInvoice(trx: Trx, id: string, orderId: string, number: string, buyer: Buyer | null): Promise<void> {
  await sql`
    INSERT INTO orders.invoice (id, order_id, number, issued_at, buyer)
    VALUES (${id}, ${orderId}, ${number}, clock_timestamp(), ${buyer === null ? null : JSON.stringify(buyer)}::jsonb)`.execute(trx);
}

export async function findInvoice(db: OrderDb, orderId: string): Promise<InvoiceRow | undefined> {
  const { rows } = await sql<InvoiceRow>`
    SELECT i.id, i.number, ${instantText(sql`i.issued_at`)} AS issued_at, i.buyer FROM orders.invoice i WHERE i.order_id = ${orderId}`.execute(
    db,
  );
  return rows[0];
}
