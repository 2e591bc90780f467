import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';

const NAME = /^\s*\/\* prepared: ([a-z0-9-]+) \*\//;

/**
 * A pool for Kysely, which prepares nothing by itself: a statement whose text begins with a comment that names it is parsed once a connection, and planned
 * as PostgreSQL sees fit. For statements that run all the time with one and the same text, and whose best plan is the same for all values.
 */
export function preparing(pool: pg.Pool): PostgresPool {
  // Kysely keeps what it knows of a connection by its client.
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const before = known.get(client);
      if (before !== undefined) return before;
      const own = preparingClient(client);
      known.set(client, own);
      return own;
    },
  };
}

function preparingClient(client: pg.PoolClient): PostgresPoolClient {
  function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(sql: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof sql !== 'string') throw new Error('cursors are not supported');
    const name = NAME.exec(sql)?.[1];
    return client.query({ text: sql, values: [...parameters], ...(name === undefined ? {} : { name }) });
  }
  return { query, release: (destroy) => client.release(destroy) };
}
