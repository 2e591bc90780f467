import type pg from 'pg';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import type { EntityPolicy } from '#contracts/sync-policy.ts';

import type { ItemResult } from '../protocol/answer.ts';
import { compareKeys } from '../protocol/body.ts';
import { renameLoser } from '../rename.repository.ts';
import { recordLostItem } from './apply.repository.ts';
import { applyOne, UNIQUE_COLLISION } from './apply-one.ts';

const checkItem = Compile(Type.Object({ $k: Type.String() }));

/** An item may claim values of several constraints, held by different rows: each is settled by itself, and then no more. */
const MOST_COLLISIONS = 4;

/**
 * Settles a collision that `result` tells of, now that the sender has sent all that it knows about it: the row with the greater key loses. Where
 * that is the holder here, it is renamed by an ordinary write, and the item applied; where it is the item, it stays parked, and the answer asks the
 * sender to rename it. Either way the loser is recorded. Without a column to rename, the item waits for an operator or for the holder to move.
 */
export async function resolveCollision(client: pg.ClientBase, policy: EntityPolicy, item: string, result: ItemResult): Promise<ItemResult> {
  const { $k: key } = checkItem.Parse(JSON.parse(item));
  let settled = result;
  for (let round = 0; round < MOST_COLLISIONS; round += 1) {
    const { collision } = settled;
    if (settled.reason !== UNIQUE_COLLISION || collision?.rename === undefined || collision.rename === null) return settled;
    if (compareKeys(key, collision.key) > 0) {
      await recordLostItem(client, policy.entity, item, collision.key);
      return { ...settled, collision: { ...collision, loser: 'item' } };
    }
    const { rename } = collision;
    if (!(await renameLoser(client, policy.entity, { ...collision, rename }, item))) return settled;
    const applied = await applyOne(client, policy, item);
    settled = applied.collision === undefined ? { ...applied, collision: { ...collision, loser: 'holder' } } : applied;
  }
  return settled;
}
