import { readMoney, readRecord, type Product } from '../api/records.ts';
import { textOf } from '../api/reading.ts';

/** A product of the API; nothing when the answer is none. */
export function readProduct(body: unknown, etag: string | undefined): Product | undefined {
  const record = readRecord(body, etag);
  const sku = textOf(record?.['sku']);
  const name = textOf(record?.['name']);
  const price = readMoney(record?.['price']);
  const pricedAt = textOf(record?.['pricedAt']);
  if (record === undefined || sku === undefined || name === undefined || price === undefined || pricedAt === undefined) {
    return undefined;
  }
  const { id, updatedAt, stamp } = record;
  const description = textOf(record['description']) ?? null;
  const categoryId = textOf(record['categoryId']) ?? null;
  return { id, updatedAt, stamp, etag: record.etag, sku, name, description, categoryId, price, pricedAt };
}
