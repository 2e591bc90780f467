import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';

import { CodeRequest } from '#contracts/auth.ts';
import { Checkout } from '#contracts/order.ts';
import { closed, Money, orNull, sortBy, Uuid } from '#contracts/values.ts';

import { fieldErrorsOf } from './field-errors.ts';

/** As `field message`. */
const told = (schema: TSchema, value: unknown): string[] =>
  fieldErrorsOf(schema, value, Compile(schema).Errors(value)).map(({ field, message }) => `${field} ${message}`);

const id = '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11';
const chinese = {
  form: 'chinese',
  recipient: 'a',
  phone: '+8613800000000',
  country: 'CN',
  province: 'b',
  city: 'c',
  district: 'd',
  street: null,
  detail: 'e',
  postcode: '200040',
};
const { detail: _detail, ...withoutDetail } = chinese;
const checkout = (shipTo: object) => ({ cartId: id, shipTo, expectedTotal: { amountMinor: 1, currency: 'CNY' } });

describe('of a union', () => {
  test('the faults of the branch that was meant are told alone, however deep it stands', () => {
    expect(told(Checkout, checkout(withoutDetail))).toEqual(['shipTo.detail is required']);
    const many = Type.Object({ to: Type.Array(Checkout.properties.shipTo) });
    expect(told(many, { to: [chinese, withoutDetail, { ...chinese, country: 'DE' }] })).toEqual([
      'to.1.detail is required',
      'to.2.country must be CN',
    ]);
  });

  test('each of a list has its own branch', () => {
    const one = Type.Object({ form: Type.Literal('a'), x: Type.Integer() }, closed);
    const other = Type.Object({ form: Type.Literal('b'), y: Type.Integer() }, closed);
    expect(told(Type.Array(Type.Union([one, other])), [{ form: 'a', x: 'no' }, { form: 'b' }])).toEqual([
      '0.x must be integer',
      '1.y is required',
    ]);
  });

  test('what tells the branches apart is asked for where it names none', () => {
    expect(told(Checkout, checkout({ form: 'martian', planet: 'x' }))).toEqual([
      'shipTo.planet is not known',
      'shipTo.form must be one of western, chinese',
    ]);
    expect(told(CodeRequest, { mail: 'x' })).toEqual(['mail is not known', ' needs email or phone']);
    expect(told(CodeRequest, { email: 'a@b.example', phone: '+441234567890' })).toEqual([' takes only one of email, phone']);
    expect(told(CodeRequest, 'x')).toEqual([' must be object']);
  });

  test('of values the values are told', () => {
    const query = Type.Object({ sort: sortBy('name'), state: orNull(Type.Enum(['on', 'off'])) }, closed);
    expect(told(query, { sort: 'x', state: 'y' })).toEqual(['sort must be one of name, -name', 'state must be one of on, off']);
    expect(told(Type.Union([Type.String(), Type.Boolean()]), 1)).toEqual([' must be string', ' must be boolean']);
  });
});

test('of a value that is wrong everywhere so much is told as somebody mends at a time', () => {
  const numbers = Type.Array(Type.Object({ form: Type.Literal('a') }));
  const errors = told(
    numbers,
    Array.from({ length: 1_000 }, () => ({})),
  );
  expect(errors).toHaveLength(20);
  expect(errors.at(-1)).toBe('19.form is required');
});

test('where the validator stops within a union, what it had not come to the end of is not told', () => {
  const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
  const small = Type.Object({ form: Type.Literal('small') }, closed);
  const large = Type.Object({ form: Type.Literal('large'), ...Object.fromEntries(names.map((name) => [name, Type.Integer()])) }, closed);
  const given = { form: 'large', ...Object.fromEntries(names.slice(1).map((name) => [name, 1])) };
  const errors = told(
    Type.Array(Type.Union([small, large])),
    Array.from({ length: 10 }, () => given),
  );
  expect(errors).toEqual([0, 1, 2, 3, 4, 5].map((place) => `${place}.n0 is required`));
  // Nothing is no answer either.
  const wrong = { form: 'large', ...Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x${index}`, 1])) };
  expect(told(Type.Union([small, large]), wrong)).not.toEqual([]);
});

test('a field that nobody knows is told once, and not by a name that may be somebody’s', () => {
  const body = Type.Object({ money: Type.Optional(Money) }, closed);
  expect(told(body, { x: 1, 'Ada Lovelace': 2, money: { amountMinor: 1, currency: 'GBP', y: 3 } })).toEqual([
    'x is not known',
    '* is not known',
    'money.y is not known',
  ]);
});

test('what a pattern is for is told where its schema says so, and never the value', () => {
  const body = Type.Object({ id: Uuid, code: Type.String({ pattern: '^[0-9]$' }) });
  expect(told(body, { id: 'Ada', code: 'x' })).toEqual(['id must be a UUID in lower case', 'code must match pattern "^[0-9]$"']);
  expect(told(CodeRequest, { email: 'x' })).toEqual(['email must be an e-mail address']);
  expect(told(CodeRequest, { phone: '0171' })).toEqual([
    'phone must be a phone number like +441234567890: the plus, the country, the number, digits alone',
  ]);
  expect(told(Money, { amountMinor: 1, currency: 'gbp' })).toEqual(['currency must be an ISO 4217 code in capitals, like GBP']);
});
