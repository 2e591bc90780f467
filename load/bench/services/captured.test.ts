import { expect, it } from 'vitest';

import { pgbenchScript, readStatements, withOneParameter } from './captured.ts';

const at = (who: string, kind: string, text: string): string => `2026-01-01 00:00:00.000 UTC [7] ${who}@madeinworld ${kind}:  ${text}`;
const order = '00000000-0000-7000-8000-000000000001';

it('reads the statements of a role with their parameters, whatever lies between', () => {
  const log = [
    at('orders', 'LOG', 'statement: begin'),
    at('catalog', 'LOG', 'execute <unnamed>: SELECT 1'),
    at('orders', 'LOG', 'execute s1: INSERT INTO t'),
    '\tVALUES ($1, $2, $3)',
    at('catalog', 'DETAIL', "Parameters: $1 = 'not mine'"),
    at('orders', 'DETAIL', `Parameters: $1 = '${order}', $2 = NULL, $3 = 'it''s, $9 = ''x'''`),
    '2026-01-01 00:00:00.000 UTC [7] LOG:  checkpoint starting: time',
  ];
  expect(readStatements(log, 'orders')).toEqual([
    { text: 'begin', parameters: [] },
    { text: 'INSERT INTO t\nVALUES ($1, $2, $3)', parameters: [order, null, "it's, $9 = 'x'"] },
  ]);
});

it('makes a script in which what varies is an expression, also inside of a longer value', () => {
  const parameters = [order, null, `{"id":"${order}"}`, "it's"];
  expect(pgbenchScript([{ text: 'SELECT $1, $2, $3, $4', parameters }], { [order]: 'x()' })).toBe(
    `SELECT (x())::uuid, NULL, ('{"id":"' || x() || '"}'), 'it''s';`,
  );
});

it('leaves one value a parameter, wherever it stands', () => {
  expect(withOneParameter({ text: 'SELECT $1, $2 WHERE id = $3', parameters: ['GBP', order, order] }, order)).toBe(
    `SELECT 'GBP', $1 WHERE id = $1`,
  );
});
