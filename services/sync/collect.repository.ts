import type pg from 'pg';

/** What one collection took: rows of each kind. `asked`: tombstones that the peer has long not answered, and which were pointed at once more. */
export interface Collected {
  readonly tombstones: number;
  readonly asked: number;
  readonly expired: number;
  readonly conflicts: number;
  readonly nonces: number;
}

/** A sweep takes this many rounds at most; the next one goes on. */
const MOST_ROUNDS = 20;

/**
 * Collects what was kept for its time: tombstones that the peer confirmed, beyond the horizon; parked items, which become dead letters; conflict
 * records; nonces. Bounded rounds, each a transaction of its own, under the settings of `sync.setting`.
 */
export async function collect(pool: pg.Pool): Promise<Collected> {
  let total: Collected = { tombstones: 0, asked: 0, expired: 0, conflicts: 0, nonces: 0 };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { rows } = await pool.query<Record<keyof Collected, string> & { more: boolean }>('SELECT * FROM sync.collect()');
    const [row] = rows;
    if (row === undefined) break;
    total = {
      tombstones: total.tombstones + Number(row.tombstones),
      asked: total.asked + Number(row.asked),
      expired: total.expired + Number(row.expired),
      conflicts: total.conflicts + Number(row.conflicts),
      nonces: total.nonces + Number(row.nonces),
    };
    if (!row.more) break;
  }
  return total;
}

/** The peer has answered these deletions (items of one entity): it holds them, or something newer. */
export async function confirmDeletions(pool: pg.Pool, entity: string, items: readonly string[]): Promise<void> {
  await pool.query('SELECT sync.confirm_deletions($1, $2)', [entity, `[${items.join(',')}]`]);
}

/** The greatest version of a tombstone that was ever collected here. */
export async function readCollectedVersion(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ version: string }>('SELECT collected_version AS version FROM sync.node');
  return BigInt(rows[0]?.version ?? '0');
}
