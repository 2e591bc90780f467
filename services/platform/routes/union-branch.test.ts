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

test.each([
  ['the branch that alone has what was given, whatever else is wrong', { email: 1, z: 2 }, 0],
  ['the same of the other', { phone: '1', language: 'none' }, 1],
  ['none of what has the properties of both', { email: 'a', phone: '1' }, undefined],
  ['none of what has but what may be left out', { language: 'en' }, undefined],
  ['none of nothing', {}, undefined],
])('%s', (_what, value, branch) => {
  const email = Type.Object({ email: Type.String() });
  const phone = Type.Object({ phone: Type.String(), language: Type.Optional(Type.String()) });
  expect(branchOf(Type.Union([email, phone]), value)).toBe(branch);
});

test('what is no union has no branches, and neither has one whose branches nothing tells apart', () => {
  expect(branchOf(a, { form: 'a' })).toBeUndefined();
  expect(branchOf(Type.Union([Type.Object({}), Type.Object({})]), {})).toBeUndefined();
});

test('of what may be null, what is not null means the rest, and null means none', () => {
  const maybe = Type.Union([a, Type.Null()]);
  expect(branchOf(maybe, { form: 'c' })).toBe(0);
  expect(branchOf(maybe, 1)).toBe(0);
  expect(branchOf(maybe, null)).toBeUndefined();
});
