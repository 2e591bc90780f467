import { createHash } from 'node:crypto';

import type pg from 'pg';

/** A statement that comes again is worth preparing; one whose text is made for the occasion is not. */
const SEEN_BEFORE = 3;
/** Each takes some tens of kilobytes of its connection's backend. */
const MOST_PREPARED = 200;
const MOST_REMEMBERED = 2_000;
/** Longer texts are made of what somebody asked for, as searches are, and differ each time. */
const LONGEST = 5_000;

/**
 * Gives what runs on a client of a pool the names under which the server keeps statements prepared: parsing and planning a product's read takes twice as long as
 * running it. Call it with each new connection. A statement is known by its text; PostgreSQL plans it anew by itself where a table changes, and goes on planning
 * for each call what depends on its values (https://www.postgresql.org/docs/17/sql-prepare.html). A pooler between has to know prepared statements, as PgBouncer
 * does from 1.21 on.
 */
export function createPreparer(): (client: pg.PoolClient) => void {
  const seen = new Map<string, number>();
  const names = new Map<string, string>();

  function nameOf(text: string): string | undefined {
    const name = names.get(text);
    if (name !== undefined || names.size === MOST_PREPARED || text.length > LONGEST) return name;
    const times = (seen.get(text) ?? 0) + 1;
    if (times <= SEEN_BEFORE) {
      if (seen.size === MOST_REMEMBERED) seen.clear();
      seen.set(text, times);
      return undefined;
    }
    seen.delete(text);
    const made = `s${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    names.set(text, made);
    return made;
  }

  return (client) => {
    const inner: (...args: readonly unknown[]) => unknown = client.query;
    const query = (...args: readonly unknown[]): unknown => {
      const [text, values, ...more] = args;
      const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined;
      return Reflect.apply(inner, client, name === undefined ? args : [{ name, text, values }, ...more]);
    };
    Object.defineProperty(client, 'query', { value: query, configurable: true, writable: true });
  };
}
