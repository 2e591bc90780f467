import { sql } from 'kysely';

import type { OrderDb } from '../deps.ts';

/** What a product costs now, in one unit. */
export interface Quote {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly unitMinor: number;
}

/** The catalogue's price of each product that can be bought in `currency`, by product id. */
export async function quoteProducts(db: OrderDb, productIds: readonly string[], currency: string): Promise<ReadonlyMap<string, Quote>> {
  if (productIds.length === 0) return new Map();
  const { rows } = await sql<{ product_id: string; sku: string; name: string; unit_minor: string }>`
    SELECT product_id, sku, name, unit_minor FROM catalog.quote(${productIds}::uuid[], ${currency}, now())`.execute(db);
  return new Map(
    rows.map((row) => [row.product_id, { productId: row.product_id, sku: row.sku, name: row.name, unitMinor: Number(row.unit_minor) }]),
  );
}
