import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type * as catalog from '#contracts/catalog.ts';
import { etagOf, Stamp } from '#contracts/stamp.ts';
import { Money } from '#contracts/values.ts';
import { isObject } from './reading.ts';

/** A record of the API as the panel holds it. `etag` is what a change of it must name (If-Match); what does not cross the border has none. */
export type PanelRecord = Readonly<Record<string, unknown>> & { readonly id: string; readonly etag?: string };

type Synced<Body> = Body & { readonly etag: string };
export type Product = Synced<catalog.Product>;
export type Category = Synced<catalog.Category>;
export type Store = Synced<catalog.Store>;

const Stamped = Type.Object({ stamp: Stamp });

/** A record with its entity tag: that of the answer's header, or in a list, where no header carries it, that of its stamp. */
export function readRecord(value: unknown, id: string, etag?: string): PanelRecord {
  const known = etag ?? (Value.Check(Stamped, value) ? etagOf(value.stamp) : undefined);
  return { ...(isObject(value) ? value : {}), id, ...(known === undefined ? {} : { etag: known }) };
}

/** An amount of money; nothing when it is none. */
export function readMoney(value: unknown): Money | undefined {
  return Value.Check(Money, value) ? value : undefined;
}
