import type pg from 'pg';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { byApplyOrder, type EntityPolicy, isParent, policyOf } from '#contracts/sync-policy.ts';
import { codeOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';

import type { EntityItems, ItemResult } from '../protocol/body.ts';
import { applyItems, buryParked, parkItem, readParked, reviveRow, type ParkedFilter } from './apply.repository.ts';

const RETRIES = 5;
/** Serialization failure, deadlock: the transaction is to be tried again. */
const retryable = new Set(['40001', '40P01']);

/** Runs `work` in a transaction, again where PostgreSQL asks for that. Nothing of a failed attempt stays. */
export async function inTransaction<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
      if (attempt >= RETRIES || !retryable.has(codeOf(error) ?? '')) throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** Foreign key violation, and what newer PostgreSQL answers for RESTRICT: of a deletion, that others still refer to the row. */
const stillNeeded = new Set(['23503', '23001']);

/** What becomes of a single item that PostgreSQL refused with a data or constraint error. */
async function settleRefused(client: pg.ClientBase, policy: EntityPolicy, item: string, error: unknown): Promise<ItemResult> {
  const code = codeOf(error) ?? '';
  const constraint = typeof error === 'object' && error !== null && 'constraint' in error ? String(error.constraint) : null;
  if (stillNeeded.has(code) && isDeletion(item)) {
    await reviveRow(client, policy, item);
    return { outcome: 'conflict', reason: 'revived' };
  }
  const waiting: Readonly<Record<string, string>> = { '23505': 'unique_collision', '23503': 'missing_parent' };
  const reason = waiting[code];
  if (reason === undefined) return { outcome: 'rejected', reason: code.startsWith('23') ? 'constraint' : 'malformed_item' };
  await parkItem(client, policy.entity, item, reason, constraint);
  return { outcome: 'parked', reason };
}

/** Applies the items of one entity; halves what raises an error until the one at fault is alone: its neighbours are applied. */
async function applyGroup(client: pg.ClientBase, policy: EntityPolicy, items: readonly string[]): Promise<ItemResult[]> {
  await client.query('SAVEPOINT items');
  try {
    const results = await applyItems(client, policy, items);
    await client.query('RELEASE SAVEPOINT items');
    return results;
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (!code.startsWith('22') && !code.startsWith('23')) throw error;
    await client.query('ROLLBACK TO SAVEPOINT items');
    const [first] = items;
    if (first === undefined) return [];
    if (items.length === 1) return [await settleRefused(client, policy, first, error)];
    const middle = Math.ceil(items.length / 2);
    const left = await applyGroup(client, policy, items.slice(0, middle));
    return [...left, ...(await applyGroup(client, policy, items.slice(middle)))];
  }
}

/** Items of an entity that this node does not know (a rolling deploy) wait for a node that does. */
async function parkUnknown(client: pg.ClientBase, { entity, items }: EntityItems): Promise<ItemResult[]> {
  for (const item of items) await parkItem(client, entity, item, 'unknown_entity', null);
  return items.map(() => ({ outcome: 'parked', reason: 'unknown_entity' }));
}

/** Applies groups within the caller's transaction, parents before children; answers in the order of the groups. */
export async function applyGroups(client: pg.ClientBase, groups: readonly EntityItems[]): Promise<ItemResult[][]> {
  const answers = groups.map((): ItemResult[] => []);
  const order = groups.map((group, index) => ({ group, index })).sort((a, b) => byApplyOrder(a.group.entity, b.group.entity));
  for (const { group, index } of order) {
    const policy = policyOf(group.entity);
    answers[index] = policy === undefined ? await parkUnknown(client, group) : await applyGroup(client, policy, group.items);
  }
  return answers;
}

const checkItem = Compile(Type.Object({ $k: Type.String(), $d: Type.Optional(Type.Boolean()) }));

/** Key and kind of an item; undefined for what is no item (PostgreSQL has refused it then, or will). */
function readItem(item: string): { $k: string; $d?: boolean } | undefined {
  try {
    return checkItem.Parse(JSON.parse(item));
  } catch {
    return undefined;
  }
}
const isDeletion = (item: string): boolean => readItem(item)?.$d === true;
const keysOf = (items: readonly string[]): string[] => items.flatMap((item) => readItem(item)?.$k ?? []);

/** Which parked items a batch that was just committed may set free: those that waited for what it brought, and those whose parent came beside it. */
export function wokenBy(groups: readonly EntityItems[], answers: readonly (readonly ItemResult[])[]): ParkedFilter[] {
  return groups.flatMap(({ entity, items }, index) => {
    const results = answers[index] ?? [];
    const arrived = isParent(entity) ? keysOf(items.filter((_, at) => results[at]?.outcome !== 'parked')) : [];
    const parked = keysOf(items.filter((_, at) => ['missing_parent', 'busy'].includes(results[at]?.reason ?? '')));
    return [
      ...(arrived.length > 0 ? [{ waitingFor: entity, keys: arrived }] : []),
      ...(parked.length > 0 ? [{ entity, keys: parked }] : []),
    ];
  });
}

/** Tries parked items again, in a transaction of their own; what still cannot be applied stays parked. Answers how many left. */
export async function retryParked(pool: pg.Pool, filter: ParkedFilter, log: Logger): Promise<number> {
  return inTransaction(pool, async (client) => {
    const groups = await readParked(client, filter);
    const answers = await applyGroups(client, groups);
    let released = 0;
    for (const [index, { entity, items }] of groups.entries()) {
      for (const [at, item] of items.entries()) {
        const result = answers[index]?.[at];
        if (result?.outcome === 'rejected') await buryParked(client, entity, item, result.reason ?? 'rejected');
        if (result?.outcome !== 'parked') released += 1;
      }
    }
    if (released > 0) log.info({ released }, 'parked items were released');
    return released;
  });
}
