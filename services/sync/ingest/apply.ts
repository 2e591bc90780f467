import type pg from 'pg';

import type { EntityPolicy, SyncPolicies } from '#contracts/sync-policy.ts';
import { codeOf } from '#platform/errors.ts';

import { isDeletion, isOversized, type EntityItems, type ItemResult } from '../protocol/body.ts';
import { screenIngress } from '../residency/ingress.ts';
import { applyItems, parkItem } from './apply.repository.ts';

/** Why a deletion waits: rows here still refer to what it deletes. Their own deletion may be under way; if it is not, the row is revived. */
export const STILL_NEEDED = 'still_needed';
/** Foreign key violation, and what newer PostgreSQL answers for RESTRICT: of a deletion, that others still refer to the row. */
const stillNeeded = new Set(['23503', '23001']);

/** What becomes of a single item that PostgreSQL refused with a data or constraint error. */
async function settleRefused(client: pg.ClientBase, policy: EntityPolicy, item: string, error: unknown): Promise<ItemResult> {
  const code = codeOf(error) ?? '';
  const constraint = typeof error === 'object' && error !== null && 'constraint' in error ? String(error.constraint) : null;
  const waiting: Readonly<Record<string, string>> = { '23505': 'unique_collision', '23503': 'missing_parent' };
  if (code === '23503' && !isDeletion(item)) {
    // The parent went while the row came. Whoever deleted it has committed: now the parent is seen to be missing, and waited for by name.
    const again = await applyAlone(client, policy, item);
    if (again !== undefined) return again;
  }
  const reason = stillNeeded.has(code) && isDeletion(item) ? STILL_NEEDED : waiting[code];
  if (reason === undefined) return { outcome: 'rejected', reason: code.startsWith('23') ? 'constraint' : 'malformed_item' };
  await parkItem(client, policy.entity, item, reason, constraint);
  return { outcome: 'parked', reason };
}

/** Applies one item; undefined where PostgreSQL refuses it, of which nothing stays. */
async function applyAlone(client: pg.ClientBase, policy: EntityPolicy, item: string): Promise<ItemResult | undefined> {
  await client.query('SAVEPOINT item');
  try {
    const [result] = await applyItems(client, policy, [item]);
    await client.query('RELEASE SAVEPOINT item');
    return result;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT item');
    return undefined;
  }
}

/** Did PostgreSQL refuse the data (an item at fault), rather than fail? */
function isRefusal(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return code.startsWith('22') || code.startsWith('23');
}

/** Applies the items of one entity; halves what raises an error until the one at fault is alone: its neighbours are applied. */
async function applyGroup(client: pg.ClientBase, policy: EntityPolicy, items: readonly string[]): Promise<ItemResult[]> {
  await client.query('SAVEPOINT items');
  try {
    const results = await applyItems(client, policy, items);
    await client.query('RELEASE SAVEPOINT items');
    return results;
  } catch (error) {
    if (!isRefusal(error)) throw error;
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

export interface ApplyDeps {
  /** Of the caller's transaction. */
  readonly client: pg.ClientBase;
  readonly policies: SyncPolicies;
}

interface Placed {
  readonly entity: string;
  readonly item: string;
  readonly group: number;
  readonly at: number;
}

const oversized: ItemResult = { outcome: 'rejected', reason: 'oversized' };

/** Applies what belongs to one entity and kind; deletions within a tree are repeated while one of them makes room for another. */
async function applyPass(
  { client, policies }: ApplyDeps,
  entity: string,
  placed: readonly Placed[],
  settle: (place: Placed, result: ItemResult) => void,
): Promise<void> {
  const policy = policies.of(entity);
  let left = placed;
  for (;;) {
    const items = left.map(({ item }) => item);
    const results = policy === undefined ? await parkUnknown(client, { entity, items }) : await applyGroup(client, policy, items);
    for (const [index, place] of left.entries()) {
      const result = results[index];
      if (result !== undefined) settle(place, result);
    }
    const refused = left.filter((_, index) => results[index]?.reason === STILL_NEEDED);
    if (refused.length === 0 || refused.length === left.length) return;
    left = refused;
  }
}

/**
 * Applies groups within the caller's transaction: rows with parents before children, then deletions with children before parents. Answers in the
 * order of the groups.
 */
export async function applyGroups(deps: ApplyDeps, groups: readonly EntityItems[]): Promise<ItemResult[][]> {
  const answers = groups.map((): ItemResult[] => []);
  const settle = ({ group, at }: Placed, result: ItemResult): void => {
    const answer = answers[group];
    if (answer !== undefined) answer[at] = result;
  };
  const screen = await screenIngress(
    deps.client,
    deps.policies,
    groups.map(({ entity }) => entity),
  );
  const placed = groups.flatMap(({ entity, items }, group) => items.map((item, at): Placed => ({ entity, item, group, at })));
  // What may not come in goes no further: it is not parked either.
  const all = placed.filter((place) => {
    const result = isOversized(place.item) ? oversized : screen(place.entity, place.item);
    if (result !== undefined) settle(place, result);
    return result === undefined;
  });
  const passesOf = (placed: readonly Placed[]): [string, Placed[]][] =>
    [...Map.groupBy(placed, ({ entity }) => entity)].sort(([a], [b]) => deps.policies.byApplyOrder(a, b));
  const rows = passesOf(all.filter(({ item }) => !isDeletion(item)));
  const deletions = passesOf(all.filter(({ item }) => isDeletion(item))).reverse();
  for (const [entity, placed] of [...rows, ...deletions]) await applyPass(deps, entity, placed, settle);
  return answers;
}
