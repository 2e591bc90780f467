import { MOST_ITEMS, type EntityItems } from '../protocol/body.ts';
import type { CrossingRow } from './rows.repository.ts';

/** A row on its way, of the entity that it belongs to. */
export interface Row extends CrossingRow {
  readonly entity: string;
}

export const bytesOf = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + row.item.length, 0);

/** Cuts rows into bodies, in order; a body holds more than `mostBytes` only if it holds one row. */
export function cut(rows: readonly Row[], mostBytes: number, mostItems = MOST_ITEMS): Row[][] {
  const bodies: Row[][] = [];
  let body: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (body.length > 0 && (body.length === mostItems || bytes + row.item.length > mostBytes)) {
      bodies.push(body);
      body = [];
      bytes = 0;
    }
    body.push(row);
    bytes += row.item.length;
  }
  if (body.length > 0) bodies.push(body);
  return bodies;
}

/** The columns that rows carry, by entity. */
export type Columns = ReadonlyMap<string, readonly string[]>;

/** The rows of a body by entity, in the order in which the answer will name them. */
export function grouped(rows: readonly Row[], columns: Columns): { groups: EntityItems[]; ordered: Row[] } {
  const byEntity = [...Map.groupBy(rows, (row) => row.entity)];
  return {
    groups: byEntity.map(([entity, held]) => ({ entity, items: held.map((row) => row.item), columns: columns.get(entity) })),
    ordered: byEntity.flatMap(([, held]) => held),
  };
}
