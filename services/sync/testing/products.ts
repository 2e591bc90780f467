import type { TestRegion } from './regions.ts';

export const P1 = '00000000-0000-5000-8000-000000000001';
export const P2 = '00000000-0000-5000-8000-000000000002';
export const C1 = '00000000-0000-5000-8000-0000000000c1';

/** A product as the engine's tests look at it. */
export interface Row {
  sku: string;
  name: string;
  price_minor: string;
  cost_minor: string | null;
  version: string;
  origin: string;
  vector: Record<string, number>;
}

export async function rowsOf(region: TestRegion): Promise<Row[]> {
  return (
    await region.owner.query<Row>('SELECT sku, name, price_minor, cost_minor, version, origin, vector FROM catalog.product ORDER BY id')
  ).rows;
}
export const insert = (region: TestRegion, id: string, sku: string, price: number): Promise<unknown> =>
  region.catalog.query('INSERT INTO catalog.product (id, sku, name, price_minor, cost_minor) VALUES ($1, $2, $3, $4, 7)', [
    id,
    sku,
    `name of ${sku}`,
    price,
  ]);
export const setPrice = (region: TestRegion, id: string, price: number): Promise<unknown> =>
  region.catalog.query('UPDATE catalog.product SET price_minor = $2 WHERE id = $1', [id, price]);
export const count = async (region: TestRegion, table: string): Promise<number> =>
  Number((await region.owner.query<{ n: string }>(`SELECT count(*) AS n FROM sync.${table}`)).rows[0]?.n);
