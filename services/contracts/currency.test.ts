import { Value } from 'typebox/value';
import { expect, it } from 'vitest';

import { Currency } from './currency.ts';

it.each(['GBP', 'CNY', 'EUR', 'JPY', 'KWD', 'XOF'])('%s is a currency', (code) => expect(Value.Check(Currency, code)).toBe(true));

it.each(['ZZZ', 'XXX', 'XTS', 'XAU', 'DEM', 'GB', 'gbp', 'GBPX', ''])('%s is none', (code) =>
  expect(Value.Check(Currency, code)).toBe(false),
);
