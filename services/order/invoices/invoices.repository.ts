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

/** Serials of one year, and the instant of all of them, which lies in it. */
export interface TakenSerials {
  readonly year: number;
  readonly last: number;
  readonly issuedAt: string;
}

/**
 * The next `count` serials of this year (UTC): `last` is the last of them. Who takes some waits for its turn first, and looks at the clock then: so later numbers have no
 * earlier instants, and none has the year before its instant's. The turn and the year's row are kept until the transaction ends, and roll back with it: so this comes
 * last in a transaction, for every other invoice waits.
 */
export async function takeSerials(trx: Trx, count: number): Promise<TakenSerials> {
  const { rows } = await sql<TakenSerials>`
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('orders.invoice', 0))),
      moment AS MATERIALIZED (SELECT clock_timestamp() AS at FROM turn)
    INSERT INTO orders.invoice_counter AS c (year, last)
    SELECT extract(year FROM m.at AT TIME ZONE 'UTC')::int, ${count}::int FROM moment m
    ON CONFLICT (year) DO UPDATE SET last = c.last + excluded.last
    RETURNING year, last, (SELECT ${instantText(sql`m.at`)} FROM moment m) AS "issuedAt"`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('an upsert answered no row');
  return row;
}

export async function insertInvoices(trx: Trx, invoices: readonly NewInvoice[], issuedAt: string): Promise<void> {
  await sql`
    INSERT INTO orders.invoice (id, order_id, number, issued_at, buyer)
    SELECT i.id, i."orderId", i.number, ${issuedAt}::timestamptz, i.buyer
    FROM jsonb_to_recordset(${JSON.stringify(invoices)}::jsonb) AS i(id uuid, "orderId" uuid, number text, buyer jsonb)`.execute(trx);
}

export async function findInvoice(db: OrderDb, orderId: string): Promise<InvoiceRow | undefined> {
  const { rows } = await sql<InvoiceRow>`
    SELECT i.id, i.number, ${instantText(sql`i.issued_at`)} AS issued_at, i.buyer FROM orders.invoice i WHERE i.order_id = ${orderId}`.execute(
    db,
  );
  return rows[0];
}
