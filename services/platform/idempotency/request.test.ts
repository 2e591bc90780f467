import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';

import { AppError } from '../errors.ts';
import { canonicalJson, idempotentRequestOf, requestHashOf } from './request.ts';

const codeWith = (key: string | undefined): string => {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  try {
    return idempotentRequestOf({ method: 'POST', url: '/', headers } as FastifyRequest, { schema: 'shop', scope: 'ada' }).key;
  } catch (error) {
    return error instanceof AppError ? error.code : 'another error';
  }
};

describe('a key', () => {
  it.each([
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['a'.repeat(255), 'a'.repeat(255)],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['a"b', 'a"b'],
    ['~!;,=', '~!;,='],
  ])('%s is %s', (header, key) => expect(codeWith(header)).toBe(key));

  it.each([
    'a'.repeat(256),
    `"${'a'.repeat(256)}"`,
    'two words',
    '"two words"',
    '""',
    '"',
    '"a',
    '"a"b"',
    '"a\\b"',
    '"a";q=1',
    'ключ',
    'a\tb',
    'a, b',
  ])('%s is none', (header) => expect(codeWith(header)).toBe('invalid_request'));

  it.each([undefined, ''])('%s is missing', (header) => expect(codeWith(header)).toBe('idempotency_key_missing'));
});

describe('the hash of a request', () => {
  /** The same value with the members of its objects in another order. */
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, member]) => [name, turned(member)] as const)
        .reverse(),
    );
  };
  const hashOf = (body: unknown, url = '/v1/orders', method = 'POST'): string => requestHashOf({ method, url, body }).toString('hex');

  it('is one for whatever order the members have, and another for another value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(hashOf(turned(one))).toBe(hashOf(one));
        expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(JSON.stringify(one)));
        const isSame = (() => {
          try {
            expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(other)));
            return true;
          } catch {
            return false;
          }
        })();
        expect(hashOf(one) === hashOf(other)).toBe(isSame);
      }),
    );
  });

  it('is another for another method, path or query', () => {
    const body = { lines: [{ sku: 'A', quantity: 1 }] };
    const hashes = [hashOf(body), hashOf(body, '/v1/orders/1'), hashOf(body, '/v1/orders?dry=1'), hashOf(body, '/v1/orders', 'PUT')];
    expect(new Set(hashes).size).toBe(4);
    expect(hashOf({ lines: [{ sku: 'A', quantity: 2 }] })).not.toBe(hashes[0]);
    expect(hashOf({ lines: ['A', 'B'] })).not.toBe(hashOf({ lines: ['B', 'A'] }));
  });
});
