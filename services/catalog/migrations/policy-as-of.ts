import { type EntityPolicy, policyOf } from '#contracts/sync-policy.ts';

/** The policy of `entity` as far as `columns` go: a migration declares the table as it makes it, and not what later ones add. Throws where there is none. */
export function policyAsOf(entity: string, columns: readonly string[]): EntityPolicy {
  const policy = policyOf(entity);
  const named = new Set(columns);
  const only = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => named.has(name)));
  return { ...policy, columns: only(policy.columns), parents: only(policy.parents) };
}
