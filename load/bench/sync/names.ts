import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { checkoutDir } from '#sim/paths.ts';
import { openInput } from '#sim/import/input.ts';
import { readRow } from '#sim/import/row.ts';

/** The whole file of invoices lies beside the checkout where there is one; a sample of the same form comes with it. */
const WHOLE_FILE = join(checkoutDir, '../shared/data/online-retail.csv.zst');
const SAMPLE = join(checkoutDir, 'sim/import/sample.csv');

export interface ProductNames {
  readonly source: 'online-retail.csv.zst' | 'sample.csv';
  /** Each product's name once, with a price that it was sold at, in minor units. */
  readonly products: readonly { readonly name: string; readonly priceMinor: number }[];
}

/** The names and prices of the products in the file of invoices, in the order in which they first occur. */
export async function readNames(): Promise<ProductNames> {
  const whole = await stat(WHOLE_FILE).catch(() => undefined);
  const input = await openInput(whole === undefined ? SAMPLE : WHOLE_FILE);
  const products = new Map<string, number>();
  for await (const { raw } of input.rows) {
    const reading = readRow(raw);
    if ('rejected' in reading || reading.row.name === undefined || products.has(reading.row.name)) continue;
    products.set(reading.row.name, reading.row.amountMinor);
  }
  return {
    source: whole === undefined ? 'sample.csv' : 'online-retail.csv.zst',
    products: [...products].map(([name, priceMinor]) => ({ name, priceMinor })),
  };
}
