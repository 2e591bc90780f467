import type { SyncPolicies } from '#contracts/sync-policy.ts';

/**
 * What must not cross with rows of `entity`, whether as a column or under a name that nobody knows yet: the columns that its policy keeps home,
 * and the names that another entity's policy keeps home, unless a column of that name crosses here.
 */
export function restrictedNames(policies: SyncPolicies, entity: string): Set<string> {
  const own = policies.of(entity)?.columns ?? {};
  const keptHome = policies.all.flatMap(({ columns }) =>
    Object.entries(columns).flatMap(([name, column]) => (column.crosses ? [] : [name])),
  );
  return new Set(keptHome.filter((name) => own[name]?.crosses !== true));
}
