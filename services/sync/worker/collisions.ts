import type pg from 'pg';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import type { EntityPolicy } from '#contracts/sync-policy.ts';
import type { Logger } from '#platform/log.ts';

import type { Collision, ItemResult } from '../protocol/answer.ts';
import type { BatchOptions } from '../protocol/body.ts';
import { recordLostHolder, renameLoser } from '../rename.repository.ts';
import { readRows, type CrossingRow } from './rows.repository.ts';

/** A chain of rows that each took over the value of the next is followed this far; what is longer is settled as it stands. */
const MOST_ROWS = 16;

/** As much as the receiver takes in one body, with room for what surrounds the rows. */
const MOST_CHARS = 3 * 1024 * 1024;

const checkItem = Compile(Type.Object({ $v: Type.String(), $o: Type.String() }));

export interface CollisionDeps {
  readonly pool: pg.Pool;
  readonly policy: EntityPolicy;
  readonly log: Logger;
  /** Sends rows of the entity in one batch, and keeps what the answers ask for. */
  readonly post: (rows: readonly CrossingRow[], options: BatchOptions) => Promise<readonly ItemResult[]>;
}

/**
 * The peer has parked the row `key`, since another row there holds a value that it claims. First the peer is sent that row as it is here, together
 * with this one, and so on along the chain: a value that only moved from row to row is no collision. If they still collide, the peer is asked to
 * settle it; where our row loses, it is renamed here, by an ordinary write, and sent.
 */
export async function untangle(deps: CollisionDeps, key: string, collision: Collision): Promise<void> {
  const { pool, policy } = deps;
  const keys = new Set([key, collision.key]);
  let rows = await readRows(pool, policy, [...keys]);
  // Where the peer's row is not here, there is nothing to ask with.
  while (rows.length === keys.size && keys.size <= MOST_ROWS) {
    const results = await deps.post(rows, {});
    const holders = results.flatMap((result) => (result.collision === undefined ? [] : [result.collision.key]));
    if (holders.length === 0) return;
    const known = keys.size;
    holders.forEach((holder) => keys.add(holder));
    if (keys.size === known) break;
    const longer = await readRows(pool, policy, [...keys]);
    if (longer.reduce((sum, { item }) => sum + item.length, 0) > MOST_CHARS) break;
    rows = longer;
  }
  const results = await deps.post(rows, { resolve: true });
  for (const [index, result] of results.entries()) {
    const row = rows[index];
    if (row !== undefined && result.collision !== undefined) await settle(deps, row, result.collision);
  }
}

async function settle(deps: CollisionDeps, row: CrossingRow, collision: Collision): Promise<void> {
  const { pool, policy, log } = deps;
  if (collision.loser === 'holder') {
    await recordLostHolder(pool, policy.entity, row.key, collision);
    return;
  }
  if (collision.loser === null || collision.rename === null) {
    log.warn({ entity: policy.entity, key: row.key, holder: collision.key }, 'two rows claim one value; nothing says which is renamed');
    return;
  }
  const winner = JSON.stringify({ $k: collision.key, $v: collision.version, $o: collision.origin, $w: {} });
  const { $v: version, $o: origin } = checkItem.Parse(JSON.parse(row.item));
  const sent = { key: row.key, version, origin, rename: collision.rename };
  // Where the row has changed since, its change is on its way.
  if (!(await renameLoser(pool, policy.entity, sent, winner))) return;
  log.info(
    { entity: policy.entity, key: row.key, holder: collision.key },
    'a row was renamed: the other region holds its value under a lesser key',
  );
  await deps.post(await readRows(pool, policy, [row.key]), {});
}
