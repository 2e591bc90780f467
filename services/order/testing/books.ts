import type { Scene } from './scene.ts';

/** What may never be wrong, whatever happened: each query answers the rows that are. */
const faults: Readonly<Record<string, string>> = {
  'an order without a reservation, or one without an order': `
    SELECT o.id FROM orders.order o FULL JOIN inventory.reservation r ON r.order_id = o.id WHERE o.id IS NULL OR r.order_id IS NULL`,
  'a reservation in another state than its order': `
    SELECT o.id, o.state, o.fulfilment_state, r.state FROM orders.order o JOIN inventory.reservation r ON r.order_id = o.id
    WHERE NOT CASE o.state
      WHEN 'pending' THEN r.state = 'held'
      WHEN 'expired' THEN r.state IN ('expired', 'released')
      WHEN 'cancelled' THEN r.state IN ('released', 'expired')
      ELSE r.state IN ('allocated', 'shipped') END`,
  'stock that is reserved for nobody': `
    SELECT s.store_id, s.product_id FROM inventory.stock s WHERE s.reserved <> (
      SELECT coalesce(sum(l.quantity - l.shipped), 0) FROM inventory.reservation r JOIN inventory.reservation_line l ON l.order_id = r.order_id
      WHERE r.store_id = s.store_id AND l.product_id = s.product_id AND r.state IN ('held', 'allocated'))`,
  'lines that do not add up': `
    SELECT o.id FROM orders.order o JOIN orders.order_line l ON l.order_id = o.id GROUP BY o.id
    HAVING o.net_minor <> o.shipping_net_minor + sum(l.net_minor) OR o.tax_minor <> o.shipping_tax_minor + sum(l.tax_minor)`,
  'a confirmed order that is not paid once': `
    SELECT o.id FROM orders.order o WHERE o.state IN ('confirmed', 'completed') AND 1 <> (
      SELECT count(*) FROM orders.payment p WHERE p.order_id = o.id AND p.state = 'captured'
        AND NOT EXISTS (SELECT FROM orders.refund r WHERE r.payment_id = p.id AND r.cause = 'paid_twice'))`,
  'money kept for an order that is not confirmed': `
    SELECT p.id FROM orders.payment p JOIN orders.order o ON o.id = p.order_id
    WHERE p.state = 'captured' AND o.state NOT IN ('confirmed', 'completed') AND p.refunded_minor <> p.amount_minor
      AND NOT EXISTS (SELECT FROM orders.refund r WHERE r.payment_id = p.id AND r.state = 'failed' AND NOT EXISTS (SELECT FROM orders.refund n WHERE n.retry_of = r.id))`,
  'refunds that are not what a payment says': `
    SELECT p.id FROM orders.payment p WHERE p.refunded_minor <> (
      SELECT coalesce(sum(r.amount_minor), 0) FROM orders.refund r WHERE r.payment_id = p.id AND r.state <> 'failed')`,
  'a refund in the place of another that did not fail, or of another payment or amount': `
    SELECT r.id FROM orders.refund r JOIN orders.refund f ON f.id = r.retry_of
    WHERE f.state <> 'failed' OR r.payment_id <> f.payment_id OR r.amount_minor <> f.amount_minor OR r.cause <> f.cause`,
  'a confirmed order without an invoice, or an invoice of another': `
    SELECT o.id FROM orders.order o LEFT JOIN orders.invoice i ON i.order_id = o.id
    WHERE (i.id IS NULL) <> NOT EXISTS (SELECT FROM orders.order_event e WHERE e.order_id = o.id AND e.event = 'confirm')`,
  'a gap in the invoices': `
    SELECT c.year FROM orders.invoice_counter c WHERE c.last <> (
      SELECT count(DISTINCT right(i.number, 6)) FROM orders.invoice i WHERE split_part(i.number, '-', 2)::int = c.year)`,
  'a gap in the credit notes': `
    SELECT c.year FROM orders.credit_note_counter c WHERE c.last <> (
      SELECT count(DISTINCT right(n.number, 6)) FROM orders.credit_note n WHERE split_part(n.number, '-', 3)::int = c.year)`,
  'a return, a cancellation of what was invoiced, or a rest that is given up, without a credit note of its amount': `
    SELECT o.id FROM orders.order o JOIN orders.invoice i ON i.order_id = o.id
    WHERE o.state = 'cancelled' AND NOT EXISTS (
      SELECT FROM orders.credit_note n WHERE n.order_id = o.id AND n.return_id IS NULL AND n.total_minor = o.total_minor AND n.tax_minor = o.tax_minor)
    UNION ALL
    SELECT r.order_id FROM orders.return r LEFT JOIN orders.credit_note n ON n.return_id = r.id WHERE n.total_minor IS DISTINCT FROM r.amount_minor
    UNION ALL
    SELECT c.order_id FROM orders.short_closure c LEFT JOIN orders.credit_note n ON n.order_id = c.order_id AND n.return_id IS NULL
    WHERE n.total_minor IS DISTINCT FROM c.amount_minor`,
  'a rest that is given up, and not all of it, or paid back as something else': `
    SELECT c.order_id FROM orders.short_closure c JOIN orders.order o ON o.id = c.order_id JOIN inventory.reservation r ON r.order_id = c.order_id
      LEFT JOIN orders.refund f ON f.id = c.refund_id
    WHERE r.state <> 'shipped' OR o.fulfilment_state IN ('none', 'allocated', 'partly_shipped', 'cancelled')
      OR coalesce(f.amount_minor, 0) <> c.amount_minor OR f.cause <> 'short_closed'
      OR EXISTS (SELECT FROM orders.order_line l WHERE l.order_id = c.order_id AND l.shipped + l.short_closed <> l.quantity)`,
  'units that are given up without a closure, or shipped of stock and not of the order': `
    SELECT l.order_id, l.line FROM orders.order_line l JOIN inventory.reservation_line k ON k.order_id = l.order_id AND k.product_id = l.product_id
    WHERE l.shipped <> k.shipped OR (l.short_closed > 0 AND NOT EXISTS (SELECT FROM orders.short_closure c WHERE c.order_id = l.order_id))`,
  'units that came back at another price than they are credited with': `
    SELECT l.return_id, l.line FROM orders.return_line l JOIN orders.credit_note n ON n.return_id = l.return_id
      JOIN orders.credit_note_line c ON c.credit_note_id = n.id AND c.line = l.line
    GROUP BY l.return_id, l.line, c.total_minor, c.quantity HAVING sum(l.amount_minor) <> c.total_minor OR sum(l.quantity) <> c.quantity`,
  'a credit note of nothing that came back': `
    SELECT n.id FROM orders.credit_note n JOIN orders.order o ON o.id = n.order_id WHERE n.return_id IS NULL AND o.state <> 'cancelled'
      AND NOT EXISTS (SELECT FROM orders.short_closure c WHERE c.order_id = o.id)`,
  'credit notes of more than the invoice, or of less where all came back': `
    SELECT o.id FROM orders.order o JOIN orders.credit_note n ON n.order_id = o.id GROUP BY o.id
    HAVING sum(n.net_minor) > o.net_minor OR sum(n.tax_minor) > o.tax_minor
      OR (o.fulfilment_state IN ('returned', 'cancelled') AND (sum(n.net_minor) <> o.net_minor OR sum(n.tax_minor) <> o.tax_minor))`,
  'lines of credit notes of more than the line': `
    SELECT l.order_id, l.line FROM orders.order_line l JOIN orders.credit_note_line c ON c.order_id = l.order_id AND c.line = l.line
    GROUP BY l.order_id, l.line HAVING sum(c.quantity) > l.quantity OR sum(c.net_minor) > l.net_minor OR sum(c.tax_minor) > l.tax_minor`,
  'a credit note that does not add up': `
    SELECT n.id FROM orders.credit_note n JOIN orders.credit_note_line l ON l.credit_note_id = n.id GROUP BY n.id
    HAVING n.net_minor <> n.shipping_net_minor + sum(l.net_minor) OR n.tax_minor <> n.shipping_tax_minor + sum(l.tax_minor)`,
  'a history that does not lead to the state': `
    SELECT o.id FROM orders.order o,
      LATERAL (SELECT e.to_state FROM orders.order_event e WHERE e.order_id = o.id AND e.machine = 'order' ORDER BY e.id DESC LIMIT 1) h
    WHERE h.to_state <> o.state`,
  'a history with a jump in it': `
    SELECT order_id FROM (
      SELECT e.*, lag(e.to_state) OVER (PARTITION BY e.order_id, e.machine ORDER BY e.id) AS before FROM orders.order_event e) h
    WHERE h.from_state IS DISTINCT FROM CASE WHEN h.machine = 'order' THEN h.before ELSE coalesce(h.before, 'none') END`,
  'a checked out cart without its order': `
    SELECT c.id FROM orders.cart c LEFT JOIN orders.order o ON o.id = c.order_id WHERE c.state = 'checked_out' AND o.cart_id IS DISTINCT FROM c.id`,
};

/** Everything that does not agree: of stock, orders, money and books. Empty when all is well. */
export async function auditBooks({ inspect }: Pick<Scene, 'inspect'>): Promise<string[]> {
  const found: string[] = [];
  for (const [what, query] of Object.entries(faults)) {
    const { rows } = await inspect.query(query);
    if (rows.length > 0) found.push(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return found;
}
