import type pg from 'pg';
import { expect, onTestFinished } from 'vitest';

import { offered, type Offered } from './offered.ts';
import type { Scene } from './scene.ts';

/** A transaction of orders that stays open until the test ends it. */
export interface OpenTransaction {
  readonly client: pg.PoolClient;
  readonly offered: Offered;
  readonly pid: number;
  /** Commits, and gives the connection back. */
  commit(): Promise<void>;
  /** Of a backend that is gone. */
  discard(): void;
}

export async function begin(pool: pg.Pool): Promise<OpenTransaction> {
  const client = await pool.connect();
  let isOpen = true;
  // A test that fails must not leave others waiting for its locks.
  onTestFinished(() => {
    if (isOpen) client.release(true);
  });
  await client.query('BEGIN');
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return {
    client,
    offered: offered(client),
    pid: rows[0]!.pid,
    async commit() {
      isOpen = false;
      await client.query('COMMIT');
      client.release();
    },
    discard() {
      isOpen = false;
      client.release(true);
    },
  };
}

/** Resolves when so many backends of the database wait for a lock. */
export async function untilWaiting({ inspect }: Pick<Scene, 'inspect'>, count = 1): Promise<void> {
  await expect
    .poll(
      async () => {
        const { rows } = await inspect.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows[0]?.n;
      },
      { interval: 5, timeout: 10_000 },
    )
    .toBe(count);
}

/** The products of a store whose stock nobody has locked, of `products`. */
export async function unlocked({ inspect }: Scene, storeId: string, products: readonly string[]): Promise<readonly string[]> {
  const { rows } = await inspect.query<{ product_id: string }>(
    'SELECT product_id FROM inventory.stock WHERE store_id = $1 AND product_id = ANY ($2) FOR UPDATE SKIP LOCKED',
    [storeId, products],
  );
  return rows.map((row) => row.product_id);
}
