import type pg from 'pg';

/** Why the direction towards `peer` is paused; undefined where it is not. */
export async function readPause(client: pg.Pool | pg.ClientBase, peer: string): Promise<{ reason: string } | undefined> {
  const { rows } = await client.query<{ reason: string }>({
    name: 'read-pause',
    text: 'SELECT reason FROM sync.pause WHERE peer = $1',
    values: [peer],
  });
  return rows[0];
}

/** False where it was paused already. */
export async function insertPause(client: pg.ClientBase, pause: { peer: string; reason: string; pausedBy: string }): Promise<boolean> {
  const result = await client.query('INSERT INTO sync.pause (peer, reason, paused_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    pause.peer,
    pause.reason,
    pause.pausedBy,
  ]);
  return result.rowCount === 1;
}

/** False where it was not paused. */
export async function deletePause(client: pg.ClientBase, peer: string): Promise<boolean> {
  return (await client.query('DELETE FROM sync.pause WHERE peer = $1', [peer])).rowCount === 1;
}
