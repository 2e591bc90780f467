import { sql } from 'kysely';

import type { ProductState } from '#contracts/catalog.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { CatalogDb } from '../deps.ts';

export interface ExportedRow {
  readonly sku: string;
  readonly name: string;
  readonly category_id: string | null;
  readonly price_minor: string;
  readonly currency: string;
  readonly priced_at: string;
  readonly state: ProductState;
}

/** The next `most` products after `sku` in the order of stock codes. */
export async function selectAfter(db: CatalogDb, sku: string, most: number): Promise<ExportedRow[]> {
  const { rows } = await sql<ExportedRow>`
    SELECT t.sku, t.name, t.category_id, t.price_minor, t.currency, ${instantText(sql`t.priced_at`)} AS priced_at, t.state
    FROM catalog.product t WHERE t.sku > ${sku} ORDER BY t.sku LIMIT ${most}`.execute(db);
  return rows;
}
