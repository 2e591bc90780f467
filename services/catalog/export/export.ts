import { stringify } from 'csv-stringify/sync';

import type { BulkItem } from '#contracts/catalog.ts';
import { productColumns } from '#contracts/catalog-files.ts';

import type { CatalogDb } from '../deps.ts';
import { guarded } from '../import/formula.ts';
import { type ExportedRow, selectAfter } from './export.repository.ts';

const BATCH_ROWS = 500;
/** RFC 4180: CRLF, quotes where they are needed. */
const csvOptions = { record_delimiter: '\r\n' } as const;

/**
 * The catalogue's products as text, a piece a batch, in the order of stock codes: what an import takes, and finds unchanged. No transaction stays open between two
 * pieces, however slowly they are taken, so each row is as it was when its batch was read.
 */
export async function* exportProducts(db: CatalogDb, format: 'csv' | 'ndjson'): AsyncGenerator<string> {
  let head = format === 'csv' ? stringify([[...productColumns]], csvOptions) : '';
  let after = '';
  for (;;) {
    const rows = await selectAfter(db, after, BATCH_ROWS);
    const text = format === 'csv' ? csvOf(rows) : rows.map((row) => `${JSON.stringify(itemOf(row))}\n`).join('');
    yield head + text;
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH_ROWS) return;
    head = '';
    after = last.sku;
  }
}

function csvOf(rows: readonly ExportedRow[]): string {
  return stringify(
    rows.map((row): Record<(typeof productColumns)[number], string> => ({
      sku: guarded(row.sku),
      amountMinor: row.price_minor,
      currency: row.currency,
      pricedAt: row.priced_at,
      name: guarded(row.name),
      categoryId: row.category_id ?? '',
      state: row.state,
    })),
    { ...csvOptions, columns: [...productColumns] },
  );
}

function itemOf(row: ExportedRow): BulkItem {
  return {
    sku: row.sku,
    price: { amountMinor: Number(row.price_minor), currency: row.currency },
    pricedAt: row.priced_at,
    name: row.name,
    categoryId: row.category_id,
    state: row.state,
  };
}
