import type pg from 'pg';

import { idOf, type Held } from './model.ts';

/** A state that no interleaving may lead to. Its message names what was found; the history that led there is the property test's to print. */
export class Violation extends Error {}

export const look = (keys: readonly string[]): string =>
  `SELECT entity, key, version::text, origin, vector, content, parents FROM explorer.held('{${keys.join(',')}}')`;

interface Row {
  entity: string;
  key: string;
  version: string;
  origin: string;
  vector: string;
  content: string | null;
  parents: (string | null)[];
}

/** Versions do not fit a JavaScript number: they are taken from the text as they stand. */
const vectorOf = (text: string): Map<string, bigint> =>
  new Map([...text.matchAll(/"([^"]+)": (\d+)/g)].map(([, origin = '', version = '0']) => [origin, BigInt(version)]));

/** What a look answered. Throws where a row and its tombstone live side by side. */
export function heldIn(result: pg.QueryResult<Row> | undefined): Map<string, Held> {
  const held = new Map<string, Held>();
  for (const row of result?.rows ?? []) {
    if (held.has(idOf(row))) throw new Violation(`${idOf(row)} is there as a row and as a tombstone`);
    held.set(idOf(row), {
      entity: row.entity,
      key: row.key,
      version: BigInt(row.version),
      origin: row.origin,
      vector: vectorOf(row.vector),
      content: row.content,
      parents: row.parents.filter((parent) => parent !== null),
    });
  }
  return held;
}
