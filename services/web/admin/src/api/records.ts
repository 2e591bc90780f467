import type { Money } from '../money/money.ts';
import { isObject, numberOf, textOf } from './reading.ts';

export type Stamp = { readonly version: string; readonly origin: string };

/** What every synced record has. `etag` is what a change of it must name (If-Match). */
export type SyncedRecord = {
  readonly id: string;
  readonly updatedAt: string;
  readonly stamp: Stamp;
  readonly etag: string;
};

export type Product = SyncedRecord & {
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly categoryId: string | null;
  readonly price: Money;
  readonly pricedAt: string;
  /** Shown to staff only; stays in its region. */
  readonly cost?: Money | null;
};

export type Category = SyncedRecord & { readonly slug: string; readonly name: string; readonly parentId: string | null };

export type Store = SyncedRecord & {
  readonly code: string;
  readonly name: string;
  readonly city: string;
  readonly country: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
};

/** The entity tag of a record that came in a list, where no header carries it. */
export function etagOf(stamp: Stamp): string {
  return `"${stamp.version}-${stamp.origin}"`;
}

/** Adds the entity tag to a record of the API; nothing when it is no synced record. */
export function readRecord(value: unknown, etag?: string): (SyncedRecord & Readonly<Record<string, unknown>>) | undefined {
  if (!isObject(value)) return undefined;
  const id = textOf(value['id']);
  const updatedAt = textOf(value['updatedAt']);
  const stamp = readStamp(value['stamp']);
  if (id === undefined || updatedAt === undefined || stamp === undefined) return undefined;
  return { ...value, id, updatedAt, stamp, etag: etag ?? etagOf(stamp) };
}

/** An amount of money of the API; nothing when it is none. */
export function readMoney(value: unknown): Money | undefined {
  if (!isObject(value)) return undefined;
  const amountMinor = numberOf(value['amountMinor']);
  const currency = textOf(value['currency']);
  return amountMinor === undefined || currency === undefined ? undefined : { amountMinor, currency };
}

function readStamp(value: unknown): Stamp | undefined {
  if (!isObject(value)) return undefined;
  const version = textOf(value['version']);
  const origin = textOf(value['origin']);
  return version === undefined || origin === undefined ? undefined : { version, origin };
}
