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
    { pid: '7', text: 'begin', parameters: [] },
    { pid: '7', text: 'INSERT INTO t\nVALUES ($1, $2, $3)', parameters: [order, null, "it's, $9 = 'x'"] },
  ]);
});

it('makes a script in which what varies is worked out before, also inside of a longer value', () => {
  const json = `{"id":"${order}"}`;
  const statements = [
    { pid: '7', text: 'SELECT $1, $2, $3::jsonb, $4', parameters: [order, null, json, "it's"] },
    { pid: '7', text: `SELECT $1::text || to_char(now(), 'HH:MI')`, parameters: [order] },
  ];
  expect(pgbenchScript(statements, { [order]: 'x()' }).split('\n')).toEqual([
    `SELECT '' || x() || '' AS v1, E'{"id"\\x3A"' || x() || '"}' AS v2 \\gset`,
    `SELECT :v1, NULL, :v2::jsonb, 'it''s';`,
    `SELECT :v1::text || to_char(now(), E'HH\\x3AMI');`,
  ]);
});

it('leaves one value a parameter, wherever it stands', () => {
  expect(withOneParameter({ pid: '7', text: 'SELECT $1, $2 WHERE id = $3', parameters: ['GBP', order, order] }, order)).toBe(
    `SELECT 'GBP', $1 WHERE id = $1`,
  );
});
