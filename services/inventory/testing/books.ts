import type pg from 'pg';

/** What has to hold at every moment, each as a query for what breaks it. */
const rules: Readonly<Record<string, string>> = {
  'the sums of the ledger are the stock': `
    SELECT coalesce(s.store_id, m.store_id) AS store_id, coalesce(s.product_id, m.product_id) AS product_id, s.on_hand, s.reserved, m.on_hand AS told_on_hand, m.reserved AS told_reserved
    FROM inventory.stock s FULL JOIN (
      SELECT store_id, product_id, sum(delta_on_hand) AS on_hand, sum(delta_reserved) AS reserved FROM inventory.movement GROUP BY store_id, product_id
    ) m USING (store_id, product_id)
    WHERE (coalesce(s.on_hand, 0), coalesce(s.reserved, 0)) IS DISTINCT FROM (coalesce(m.on_hand, 0), coalesce(m.reserved, 0))`,
  'what is reserved is what reservations keep': `
    SELECT coalesce(s.store_id, k.store_id) AS store_id, coalesce(s.product_id, k.product_id) AS product_id, s.reserved, k.kept
    FROM inventory.stock s FULL JOIN (
      SELECT r.store_id, l.product_id, sum(l.quantity - l.shipped) AS kept FROM inventory.reservation r JOIN inventory.reservation_line l USING (order_id)
      WHERE r.state IN ('held', 'allocated') GROUP BY r.store_id, l.product_id
    ) k USING (store_id, product_id)
    WHERE coalesce(s.reserved, 0) <> coalesce(k.kept, 0)`,
  'what was shipped and came back is in the ledger': `
    SELECT l.order_id, l.product_id, l.shipped, l.returned, m.shipped AS told_shipped, m.returned AS told_returned
    FROM inventory.reservation_line l LEFT JOIN LATERAL (
      SELECT -sum(m.delta_on_hand) FILTER (WHERE kind = 'shipped') AS shipped, sum(m.delta_on_hand) FILTER (WHERE kind = 'returned') AS returned
      FROM inventory.movement m WHERE m.reference = l.order_id::text AND m.product_id = l.product_id) m ON true
    WHERE (l.shipped, l.returned) IS DISTINCT FROM (coalesce(m.shipped, 0), coalesce(m.returned, 0))`,
  'no reservation is without lines': `
    SELECT r.order_id FROM inventory.reservation r WHERE NOT EXISTS (SELECT FROM inventory.reservation_line l WHERE l.order_id = r.order_id)`,
  'an open alert says the level': `
    SELECT s.*, a.kind FROM inventory.stock s LEFT JOIN inventory.alert a ON a.store_id = s.store_id AND a.product_id = s.product_id AND a.ended_at IS NULL
    WHERE coalesce(a.kind, 'ample') <> inventory.level_of(s.on_hand - s.reserved, s.low_at)
      -- A row that never had anything says nothing.
      AND EXISTS (SELECT FROM inventory.movement m WHERE m.store_id = s.store_id AND m.product_id = s.product_id)`,
  'availability is the level in the online store': `
    SELECT coalesce(s.product_id, a.product_id) AS product_id, s.on_hand, s.reserved, a.level
    FROM (SELECT s.* FROM inventory.stock s JOIN inventory.setting n ON n.online_store_id = s.store_id) s
    FULL JOIN (SELECT a.* FROM inventory.availability a JOIN sync.node n ON n.region = a.region) a USING (product_id)
    WHERE coalesce(a.level, 'out') <> inventory.level_of(coalesce(s.on_hand - s.reserved, 0), s.low_at)`,
};

/** What is wrong with the books; empty where they are in order. */
export async function brokenRules(inspect: pg.Pool): Promise<string[]> {
  const broken: string[] = [];
  for (const [rule, text] of Object.entries(rules)) {
    const { rows } = await inspect.query(text);
    if (rows.length > 0) broken.push(`${rule}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return broken;
}
