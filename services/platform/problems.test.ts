/**
 * Goal: what passes by itself is told as such, with when to come again, and what is broken as that.
 * Method: the codes that PostgreSQL and the system name. Planted once: a database that takes no writes, and one whose name is not found, as something broken.
 */
import { expect, it } from 'vitest';

import { appErrorOf } from './problems.ts';

const coded = (code: string): Error => Object.assign(new Error('it failed'), { code });

it.each([
  ['25006', 'the server takes no writes, as one that a failover has left behind'],
  ['25P03', 'its transaction was idle for too long'],
  ['40001', 'it could not be serialized'],
  ['40P01', 'a deadlock'],
  ['53100', 'the disk is full'],
  ['53300', 'it has too many connections'],
  ['55P03', 'a lock was not free'],
  ['57014', 'the statement took too long'],
  ['57P02', 'another backend has crashed'],
  ['57P03', 'the server starts'],
  ['08006', 'the connection is gone'],
  ['ENOTFOUND', 'its name is not there for a moment'],
  ['EAI_AGAIN', 'nobody can say where it is'],
  ['EHOSTUNREACH', 'no way leads there'],
])('%s is to come again: %s', (code) => {
  expect(appErrorOf(coded(code))).toMatchObject({ code: 'unavailable', status: 503, headers: { 'retry-after': '1' } });
});

it.each(['22P02', '23505', '25001', '42P01', '42501', 'XX000', 'ENOENT', 'E53300'])('%s is broken', (code) => {
  expect(appErrorOf(coded(code))).toMatchObject({ code: 'internal', status: 500 });
});
