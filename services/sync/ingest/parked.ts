import type pg from 'pg';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';

import type { IngestObserver } from '../operate/observer.ts';
import type { ItemResult } from '../protocol/answer.ts';
import type { EntityItems } from '../protocol/body.ts';
import { admitParked, buryParked, isParked, readOverdue, readParked, reviveRow, type ParkedFilter } from './apply.repository.ts';
import { applyGroups } from './apply.ts';
import { STILL_NEEDED } from './apply-one.ts';
import { inSavepoint, inTransaction } from './transaction.ts';

const checkItem = Compile(Type.Object({ $k: Type.String() }));

/** Keys of items; what is no item has none (PostgreSQL has refused it). */
function keysOf(items: readonly string[]): string[] {
  return items.flatMap((item) => {
    try {
      return checkItem.Parse(JSON.parse(item)).$k;
    } catch {
      return [];
    }
  });
}

/** Which parked items a batch that was just committed may set free: those that waited for what it brought, and those whose parent came beside it. */
function wokenBy(
  policies: SyncPolicies,
  groups: readonly EntityItems[],
  answers: readonly (readonly ItemResult[])[],
  colliding: boolean,
): ParkedFilter[] {
  return groups.flatMap(({ entity, items }, index): ParkedFilter[] => {
    const results = answers[index] ?? [];
    const arrived = colliding || policies.isParent(entity) ? keysOf(items.filter((_, at) => results[at]?.outcome !== 'parked')) : [];
    const parked = keysOf(items.filter((_, at) => ['missing_parent', 'busy'].includes(results[at]?.reason ?? '')));
    const parents = results.some(({ outcome }) => outcome !== 'parked') ? policies.parentsOf(entity) : [];
    return [
      ...(arrived.length > 0 ? [{ waitingFor: entity, keys: arrived }] : []),
      ...(parked.length > 0 ? [{ entity, keys: parked }] : []),
      // A child that moved or went may have been the last that kept a deletion of its parent waiting.
      ...(parents.length > 0 ? [{ reason: STILL_NEEDED, entities: parents }] : []),
    ];
  });
}

export interface ParkedDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  readonly log: Logger;
  readonly observer?: Pick<IngestObserver, 'retried'>;
}

interface Retried {
  readonly released: number;
  readonly groups: readonly EntityItems[];
  readonly answers: readonly (readonly ItemResult[])[];
}

/** Tries parked items again within the caller's transaction; what still cannot be applied stays parked. */
async function retryWithin(client: pg.ClientBase, { policies }: Pick<ParkedDeps, 'policies'>, filter: ParkedFilter): Promise<Retried> {
  const groups = await readParked(client, policies, filter);
  const answers = await applyGroups({ client, policies }, groups);
  let released = 0;
  for (const [index, { entity, items }] of groups.entries()) {
    for (const [at, item] of items.entries()) {
      const result = answers[index]?.[at];
      if (result?.outcome === 'rejected') await buryParked(client, entity, item, result.reason ?? 'rejected', result.detail);
      if (result?.outcome !== 'parked') released += 1;
    }
  }
  return { released, groups, answers };
}

/** Tries parked items again, in a transaction of their own, which `around` takes part in. */
async function retry(
  deps: ParkedDeps,
  filter: ParkedFilter,
  around: {
    readonly before?: (client: pg.ClientBase) => Promise<void>;
    readonly after?: (client: pg.ClientBase, retried: Retried) => Promise<void>;
  } = {},
): Promise<Retried> {
  const retried = await inTransaction(deps.pool, async (client) => {
    await around.before?.(client);
    const found = await retryWithin(client, deps, filter);
    await around.after?.(client, found);
    return found;
  });
  if (retried.released > 0) deps.observer?.retried(retried.groups, retried.answers);
  return retried;
}

/**
 * Tries one parked item now, for an operator, and what it sets free; `audit` is written in the same transaction. What was only held back for being
 * older than a collected tombstone is let in. Undefined where nothing is parked under that key: then `audit` is not called.
 */
export async function releaseParked(
  deps: ParkedDeps,
  at: { readonly entity: string; readonly key: string },
  audit: (client: pg.ClientBase, result: ItemResult) => Promise<void>,
): Promise<ItemResult | undefined> {
  let result: ItemResult | undefined;
  const { groups, answers } = await retry(
    deps,
    { entity: at.entity, keys: [at.key] },
    {
      before: async (client) => admitParked(client, at.entity, at.key),
      after: async (client, found) => {
        result = found.answers[0]?.[0];
        if (result !== undefined) await audit(client, result);
      },
    },
  );
  if (result !== undefined && result.outcome !== 'parked') await wake(deps, groups, answers, true);
  return result;
}

/**
 * Applies what a committed batch has set free, and what that sets free in turn. `colliding`: items are parked that may wait for a holder among the
 * batch's rows. Never throws: a sweep takes what is left.
 */
export async function wake(
  deps: ParkedDeps,
  groups: readonly EntityItems[],
  answers: readonly (readonly ItemResult[])[],
  colliding: boolean,
): Promise<void> {
  const filters = wokenBy(deps.policies, groups, answers, colliding);
  try {
    for (let filter = filters.shift(); filter !== undefined; filter = filters.shift()) {
      // Mostly nothing waits, and a look costs less than a transaction.
      if (!(await isParked(deps.pool, deps.policies, filter))) continue;
      const retried = await retry(deps, filter);
      if (retried.released === 0) continue;
      // A round takes 500: where it freed some there may be more. What it applied may be somebody's parent.
      filters.push(filter, ...wokenBy(deps.policies, retried.groups, retried.answers, colliding));
    }
  } catch (error) {
    deps.log.warn({ reason: messageOf(error) }, 'parked items could not be tried again; a sweep will');
  }
}

/** Tries all parked items again, those untried for longest first. Answers how many left. */
export async function retryParked(deps: ParkedDeps): Promise<number> {
  const { released, groups, answers } = await retry(deps, 'all');
  if (released === 0) return 0;
  deps.log.info({ released }, 'parked items were released');
  await wake(deps, groups, answers, true);
  return released;
}

/**
 * Revives the rows whose deletion has waited longer than `graceMs` for their children to go: by now the children are no latecomers, but were made
 * here while the parent was deleted there. Answers how many; their pointers are in the outbox.
 */
export async function reviveOverdue({ pool, policies, log }: ParkedDeps, graceMs: number): Promise<number> {
  return inTransaction(pool, async (client) => {
    const groups = await readOverdue(client, policies, STILL_NEEDED, graceMs);
    const answers = await applyGroups({ client, policies }, groups);
    let revived = 0;
    for (const [index, { entity, items }] of groups.entries()) {
      const policy = policies.of(entity);
      for (const [at, item] of items.entries()) {
        if (policy === undefined || answers[index]?.[at]?.reason !== STILL_NEEDED) continue;
        if (await inSavepoint(client, () => reviveRow(client, policy, item))) revived += 1;
        else log.error({ entity }, 'a row that others still need could not be revived; its deletion waits');
      }
    }
    if (revived > 0) log.info({ revived }, 'rows that others still need were revived');
    return revived;
  });
}
