import { type RawBuilder, sql } from 'kysely';

import type { PriceChange, PriceCreation } from '#contracts/catalog-content.ts';
import type { Region } from '#contracts/regions.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, isVersion } from '#platform/entity/synced.repository.ts';
import { instantText, stampColumns } from '#platform/paging/keyset.repository.ts';

import type { CatalogDb } from '../deps.ts';

export interface PriceRow extends StampRow {
  readonly product_id: string;
  readonly region: Region;
  readonly currency: string;
  readonly amount_minor: string;
  readonly valid_from: string;
  readonly valid_to: string | null;
}

const columns = sql`t.id, t.product_id, t.region, t.currency, t.amount_minor, ${instantText(sql`t.valid_from`)} AS valid_from,
  ${instantText(sql`t.valid_to`)} AS valid_to, ${stampColumns}`;

/** The prices of a product, or those that are valid now; in each region and currency the next to begin comes last. */
export async function selectPrices(db: CatalogDb, productId: string, which: 'all' | 'valid'): Promise<readonly PriceRow[]> {
  const valid = which === 'all' ? sql`true` : sql`t.valid_from <= now() AND (t.valid_to IS NULL OR t.valid_to > now())`;
  const { rows } = await sql<PriceRow>`
    SELECT ${columns} FROM catalog.price t WHERE t.product_id = ${productId} AND ${valid}
    ORDER BY t.region, t.currency, t.valid_from`.execute(db);
  return rows;
}

/** Undefined where a price of the same region, currency and beginning exists already. */
export async function insertPrice(
  db: CatalogDb,
  key: { readonly id: string; readonly productId: string; readonly validFrom: string },
  { region, price, validTo }: PriceCreation,
): Promise<PriceRow | undefined> {
  const { rows } = await sql<PriceRow>`
    INSERT INTO catalog.price AS t (id, product_id, region, currency, amount_minor, valid_from, valid_to)
    VALUES (${key.id}, ${key.productId}, ${region}, ${price.currency}, ${price.amountMinor}, ${key.validFrom}::timestamptz, ${validTo ?? null}::timestamptz)
    ON CONFLICT (id) DO NOTHING
    RETURNING ${columns}`.execute(db);
  return rows[0];
}

export async function updatePrice(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: PriceChange,
): Promise<PriceRow | 'missing' | 'stale'> {
  const assignments: RawBuilder<unknown>[] = [];
  if (change.amountMinor !== undefined) assignments.push(sql`amount_minor = ${change.amountMinor}`);
  if (change.validTo !== undefined) assignments.push(sql`valid_to = ${change.validTo}::timestamptz`);
  const { rows } = await sql<PriceRow>`
    UPDATE catalog.price t SET ${sql.join(assignments)} WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columns}`.execute(db);
  return rows[0] ?? ((await exists(db, 'catalog.price', id)) ? 'stale' : 'missing');
}

export async function findPrice(db: CatalogDb, id: string): Promise<PriceRow | undefined> {
  const { rows } = await sql<PriceRow>`SELECT ${columns} FROM catalog.price t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}
