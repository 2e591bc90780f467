import pg from 'pg';

/** What the shop's books say of one invoice, in one region: orders of it that are paid and delivered, or what came back of them. */
export interface BookedInvoice {
  readonly region: string;
  readonly invoice: string;
  /** When it was sold, or came back; null of what an earlier release wrote down as come back, whose month the file alone knows. */
  readonly month: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly units: number;
  readonly minor: number;
}

/** The part of a reference between the namespace and the number of the order. */
const INVOICE = `regexp_replace(substr(%, length($1) + 2), '\\.[0-9]+$', '')`;
const invoiceIn = (column: string): string => INVOICE.replace('%', column);

/** Lines, and not totals of orders: what was agreed for each unit, without tax on top, without delivery. */
const SOLD = `
  SELECT ${invoiceIn('s.reference')} AS invoice, to_char(s.sold_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, o.country,
    sum(l.quantity)::text AS units, sum(l.quantity * l.unit_minor)::text AS minor
  FROM orders.sale s JOIN orders.order o ON o.id = s.order_id JOIN orders.order_line l ON l.order_id = o.id
  WHERE starts_with(s.reference, $1 || '/') AND o.state = 'completed' AND o.currency = 'GBP'
    AND EXISTS (SELECT FROM orders.payment p WHERE p.order_id = o.id AND p.state = 'captured' AND p.amount_minor = o.total_minor)
  GROUP BY 1, 2, 3`;
const CAME_BACK = `
  SELECT ${invoiceIn('r.reference')} AS invoice, to_char(r.returned_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, o.country,
    (-sum(b.quantity))::text AS units, (-sum(b.quantity * l.unit_minor))::text AS minor
  FROM orders.return r JOIN orders.order o ON o.id = r.order_id JOIN orders.return_line b ON b.return_id = r.id
    JOIN orders.order_line l ON l.order_id = b.order_id AND l.line = b.line
  WHERE starts_with(r.reference, $1 || '/') AND o.currency = 'GBP'
  GROUP BY 1, 2, 3`;

interface Row {
  readonly invoice: string;
  readonly month: string | null;
  readonly country: string;
  readonly units: string;
  readonly minor: string;
}

/** Reads a region's database, which writes nothing. */
export async function readBookedInvoices(databaseUrl: string, region: string, namespace: string): Promise<BookedInvoice[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const [sold, back] = [await client.query<Row>(SOLD, [namespace]), await client.query<Row>(CAME_BACK, [namespace])];
    await client.query('COMMIT');
    return [...sold.rows, ...back.rows].map((row) => ({ ...row, region, units: Number(row.units), minor: Number(row.minor) }));
  } finally {
    await client.end();
  }
}
