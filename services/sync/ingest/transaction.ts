import type pg from 'pg';

import { backoffMs, systemClock } from '#platform/clock.ts';
import { codeOf } from '#platform/errors.ts';

import { isRefusal } from './apply-one.ts';

/** Rows come without an order that all writers keep: whoever holds one for longer has it to himself, and what came for it waits (`busy`). For pools that apply. */
export const LOCK_TIMEOUT_MS = 2_000;
const RETRIES = 5;
/** Serialization failure, deadlock: the transaction is to be tried again. */
const retryable = new Set(['40001', '40P01']);

/** Runs `work` so that the transaction goes on where PostgreSQL refuses the data: false, and nothing of it stays. */
export async function inSavepoint(client: pg.ClientBase, work: () => Promise<void>): Promise<boolean> {
  await client.query('SAVEPOINT work');
  try {
    await work();
    await client.query('RELEASE SAVEPOINT work');
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT work');
    return false;
  }
}

/**
 * Runs `work` in a transaction, again where PostgreSQL asks for that. Nothing of a failed attempt stays. Where the pool pipelines, the first statements of
 * `work` do not wait for BEGIN to be answered.
 */
export async function inTransaction<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      // A constraint that was made DEFERRED since its table was synced would refuse the batch as a whole, at its end.
      const [, , result] = await Promise.all([client.query('BEGIN'), client.query('SET CONSTRAINTS ALL IMMEDIATE'), work(client)]);
      // A transaction in which something failed is rolled back by COMMIT, and that is no error.
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
      if (attempt >= RETRIES || !retryable.has(codeOf(error) ?? '')) throw error;
    } finally {
      client.release(broken);
    }
    // Those who got into each other's way must not meet again at once.
    await systemClock.wait(backoffMs(attempt, 5, 100));
  }
}
