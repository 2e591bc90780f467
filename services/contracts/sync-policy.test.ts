import { describe, expect, test } from 'vitest';

import { createPolicies, type EntityPolicy } from './sync-policy.ts';

const entity = (name: string, parents: Record<string, string> = {}): EntityPolicy => ({
  entity: name,
  key: 'id',
  columns: {},
  parents,
  merge: { rule: 'row' },
});

describe('policies', () => {
  test('are applied parents first, unknown entities last', () => {
    const policies = createPolicies([entity('a.parent'), entity('a.child', { p: 'a.parent' })]);
    expect(['a.other', 'a.child', 'a.parent'].toSorted(policies.byApplyOrder)).toEqual(['a.parent', 'a.child', 'a.other']);
    expect([policies.isParent('a.parent'), policies.isParent('a.child'), policies.parentsOf('a.child')]).toEqual([
      true,
      false,
      ['a.parent'],
    ]);
    expect(policies.of('a.other')).toBeUndefined();
  });

  test('a child that stands before its parent, or an entity twice, is refused', () => {
    expect(() => createPolicies([entity('a.child', { p: 'a.parent' }), entity('a.parent')])).toThrow(/stands before its parent/);
    expect(() => createPolicies([entity('a.one'), entity('a.one')])).toThrow(/declared twice/);
  });
});
