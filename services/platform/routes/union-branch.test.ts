import { Type } from 'typebox';
import { expect, test } from 'vitest';

import { branchOf } from './union-branch.ts';

const a = Type.Object({ form: Type.Literal('a'), x: Type.String() });
const b = Type.Object({ form: Type.Literal('b'), y: Type.Literal('only here') });

test.each([
  ['the branch that its literal names, whatever else is wrong', { form: 'b', x: 1, y: 'other' }, 1],
  ['none, where the literal names none', { form: 'c' }, undefined],
  ['none, where there is no literal', { y: 'z' }, undefined],
  ['none of what is no object', 'b', undefined],
])('%s', (_what, value, branch) => {
  expect(branchOf(Type.Union([a, b]), value)).toBe(branch);
});

test('what is no union has no branches, and neither has one whose branches nothing tells apart', () => {
  expect(branchOf(a, { form: 'a' })).toBeUndefined();
  expect(branchOf(Type.Union([Type.Object({}), Type.Object({})]), {})).toBeUndefined();
});
