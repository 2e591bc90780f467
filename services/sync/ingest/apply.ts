import type pg from 'pg';

import type { EntityPolicy, SyncPolicies } from '#contracts/sync-policy.ts';
import { AppError } from '#platform/errors.ts';

import type { ItemResult } from '../protocol/answer.ts';
import { isDeletion, isOversized, type BatchOptions, type EntityItems } from '../protocol/body.ts';
import { screenIngress, type Screen } from '../residency/ingress.ts';
import { applyItems, findDeletableTogether, parkItem } from './apply.repository.ts';
import { isLocked, isRefusal, isTooSlow, settleRefused, STILL_NEEDED, UNIQUE_COLLISION } from './apply-one.ts';
import { resolveCollision } from './collisions.ts';
import { inSavepoint } from './transaction.ts';

const SHORT_LOCK_TIMEOUT_MS = 100;
/** Somebody who has locked so much has locked the table: then the batch waits, instead of each of its rows. */
const MOST_LOCK_WAITS = 40;

/** Waits for locks that a call may still end without one. */
interface LockWaits {
  left: number;
}

/** Applies the items of one entity; halves what raises an error until the one at fault is alone: its neighbours are applied. */
async function applyGroup(
  client: pg.ClientBase,
  policy: EntityPolicy,
  items: readonly string[],
  columns: readonly string[] | undefined,
  lockWaits: LockWaits,
): Promise<ItemResult[]> {
  try {
    // One after the other on the wire, without waiting between them. After an error the release is refused, and the savepoint is still there.
    const saved = client.query('SAVEPOINT items');
    const applying = applyItems(client, policy, items, columns);
    const framed = Promise.all([saved, client.query('RELEASE SAVEPOINT items')]);
    framed.catch(() => undefined);
    const results = await applying;
    await framed;
    return results;
  } catch (error) {
    // Fewer at a time take less.
    if (isTooSlow(error)) throw new AppError('batch_too_slow', { cause: error });
    if (!isRefusal(error)) throw error;
    if (isLocked(error) && (lockWaits.left -= 1) < 0) throw error;
    await client.query('ROLLBACK TO SAVEPOINT items');
    // It was waited for once; to find out which row it is, a moment will do.
    if (isLocked(error)) await client.query(`SET LOCAL lock_timeout = '${SHORT_LOCK_TIMEOUT_MS}ms'`);
    const [first] = items;
    if (first === undefined) return [];
    if (items.length === 1) return [await settleRefused(client, policy, first, error)];
    const middle = Math.ceil(items.length / 2);
    const left = await applyGroup(client, policy, items.slice(0, middle), columns, lockWaits);
    return [...left, ...(await applyGroup(client, policy, items.slice(middle), columns, lockWaits))];
  }
}

/** Items of an entity that this node does not know (a rolling deploy) wait for a node that does. */
async function parkUnknown(client: pg.ClientBase, { entity, items }: EntityItems): Promise<ItemResult[]> {
  const results: ItemResult[] = [];
  for (const item of items) {
    const isParked = await inSavepoint(client, () => parkItem(client, entity, item, 'unknown_entity', null));
    results.push(isParked ? { outcome: 'parked', reason: 'unknown_entity' } : { outcome: 'rejected', reason: 'malformed_item' });
  }
  return results;
}

export interface ApplyDeps {
  /** Of the caller's transaction. */
  readonly client: pg.ClientBase;
  readonly policies: SyncPolicies;
}

interface Placed {
  readonly entity: string;
  readonly item: string;
  readonly columns: readonly string[] | undefined;
  readonly group: number;
  readonly at: number;
}

const oversized: ItemResult = { outcome: 'rejected', reason: 'oversized' };

/**
 * Applies what belongs to one entity and kind; what waits for another of the same kind is repeated while one of them makes room. Deletions of rows that
 * refer to each other in a circle make room for each other, if they go as one.
 */
async function applyPass(
  { client, policies }: ApplyDeps,
  entity: string,
  placed: readonly Placed[],
  settle: (place: Placed, result: ItemResult) => void,
  lockWaits: LockWaits,
): Promise<void> {
  const policy = policies.of(entity);
  const columns = placed.every((place) => place.columns === placed[0]?.columns) ? placed[0]?.columns : undefined;
  let left = placed;
  for (;;) {
    const items = left.map(({ item }) => item);
    const results =
      policy === undefined ? await parkUnknown(client, { entity, items }) : await applyGroup(client, policy, items, columns, lockWaits);
    for (const [index, place] of left.entries()) {
      const result = results[index];
      if (result !== undefined) settle(place, result);
    }
    const refused = left.filter((_, index) => [STILL_NEEDED, UNIQUE_COLLISION].includes(results[index]?.reason ?? ''));
    if (refused.length === 0) return;
    if (refused.length < left.length) left = refused;
    else {
      const circle = await circleIn(client, entity, refused, items);
      // All of them were tried as one already.
      if (circle.length === 0 || circle.length === left.length) return;
      left = circle;
    }
  }
}

async function circleIn(client: pg.ClientBase, entity: string, refused: readonly Placed[], items: readonly string[]): Promise<Placed[]> {
  if (refused.length < 2 || !refused.every(({ item }) => isDeletion(item))) return [];
  const ordinals = await findDeletableTogether(client, entity, items);
  return refused.filter((_, at) => ordinals.includes(at + 1));
}

/** Prepares the check of what may come in; `applyGroups` does so itself where it is not handed one. */
export const screenOf = ({ client, policies }: ApplyDeps, groups: readonly EntityItems[]): Promise<Screen> =>
  screenIngress(
    client,
    policies,
    groups.map(({ entity }) => entity),
  );

/**
 * Applies groups within the caller's transaction: rows with parents before children, then deletions with children before parents. What collides
 * then, with `resolve`, is settled. Answers in the order of the groups.
 */
export async function applyGroups(
  deps: ApplyDeps,
  groups: readonly EntityItems[],
  options: Pick<BatchOptions, 'resolve'> & { readonly screen?: Screen } = {},
): Promise<ItemResult[][]> {
  const answers = groups.map((): ItemResult[] => []);
  const settle = ({ group, at }: Placed, result: ItemResult): void => {
    const answer = answers[group];
    if (answer !== undefined) answer[at] = result;
  };
  const lockWaits = { left: MOST_LOCK_WAITS };
  const screen = options.screen ?? (await screenOf(deps, groups));
  const placed = groups.flatMap(({ entity, items, columns }, group) =>
    items.map((item, at): Placed => ({ entity, item, columns, group, at })),
  );
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
  for (const [entity, placed] of [...rows, ...deletions]) await applyPass(deps, entity, placed, settle, lockWaits);
  const colliding = (): Placed[] => all.filter(({ group, at }) => answers[group]?.[at]?.reason === UNIQUE_COLLISION);
  // A deletion may have made room.
  if (deletions.length > 0) for (const [entity, placed] of passesOf(colliding())) await applyPass(deps, entity, placed, settle, lockWaits);
  for (const place of options.resolve === true ? colliding() : []) {
    const policy = deps.policies.of(place.entity);
    const result = answers[place.group]?.[place.at];
    if (policy !== undefined && result !== undefined) settle(place, await resolveCollision(deps.client, policy, place.item, result));
  }
  return answers;
}
