import type pg from 'pg';

/** The row that lost a collision, and the column by which it gives way. */
export interface Loser {
  readonly key: string;
  readonly version: string;
  readonly origin: string;
  readonly rename: string;
}

/**
 * Renames the loser of a collision by an ordinary write of this region, and records it with `winner` (an item). False, and nothing done, where the
 * row has changed since, or the table does not let it be renamed.
 */
export async function renameLoser(client: pg.ClientBase | pg.Pool, entity: string, loser: Loser, winner: string): Promise<boolean> {
  const { rows } = await client.query<{ done: boolean }>('SELECT sync.rename_loser($1, $2, $3, $4, $5, $6) AS done', [
    entity,
    loser.key,
    loser.rename,
    loser.version,
    loser.origin,
    winner,
  ]);
  return rows[0]?.done ?? false;
}

/** The peer renamed its row `loser` for the sake of the row `winnerKey` here: recorded on this side too, without contents that are not here. */
export async function recordLostHolder(pool: pg.Pool, entity: string, winnerKey: string, loser: Omit<Loser, 'rename'>): Promise<void> {
  const stamp = JSON.stringify({ $k: loser.key, $v: loser.version, $o: loser.origin, $w: {} });
  await pool.query('SELECT sync.record_lost_holder($1, $2, $3)', [entity, winnerKey, stamp]);
}
