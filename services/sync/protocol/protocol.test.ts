import { generateKeyPairSync } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readAnswer, writeAnswer, type ItemResult } from './answer.ts';
import { MalformedBatch, readBatch, writeBatch } from './body.ts';
import { contentDigest, digestMatches } from './digest.ts';
import { isInForce, readSignature, signRequest, signResponse, verifyRequest, verifyResponse } from './signature.ts';

const item = fc.record({ $k: fc.uuid(), name: fc.string() }).map((value) => JSON.stringify(value));
const groups = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,8}\.[a-z]{1,8}$/), { maxLength: 4 })
  .chain((entities) =>
    fc.tuple(
      ...entities.map((entity) => fc.record({ entity: fc.constant(entity), items: fc.array(item, { minLength: 1, maxLength: 20 }) })),
    ),
  );

describe('a batch', () => {
  test.each([false, true])('reads back as it was written (by column: %s)', (byColumn) => {
    fc.assert(
      fc.property(groups, (written) => {
        expect(readBatch(writeBatch('madeinworld/world', written, { byColumn })).groups).toEqual(written);
      }),
    );
  });

  test.each([false, true])('that is cut off anywhere is refused whole (by column: %s)', (byColumn) => {
    fc.assert(
      fc.property(groups, fc.double({ min: 0, max: 1, noNaN: true }), (written, part) => {
        const text = writeBatch('madeinworld/world', written, { byColumn });
        const short = text.slice(0, Math.min(text.length - 1, Math.floor(text.length * part)));
        expect(() => readBatch(short)).toThrow(MalformedBatch);
      }),
    );
  });
});

describe('an answer', () => {
  const result: fc.Arbitrary<ItemResult> = fc.record({
    outcome: fc.constantFrom('applied', 'stale', 'conflict', 'parked', 'rejected'),
    reason: fc.option(fc.string()),
  });

  test('answers every item, and only the body and count it was made for', () => {
    fc.assert(
      fc.property(fc.array(result, { maxLength: 50 }), (results) => {
        const read = readAnswer(writeAnswer('sha-256=:x:', results), 'sha-256=:x:', results.length);
        expect(read?.results.map(({ outcome }) => outcome)).toEqual(results.map(({ outcome }) => outcome));
        expect(readAnswer(writeAnswer('sha-256=:x:', results), 'sha-256=:y:', results.length)).toBeUndefined();
        expect(readAnswer(writeAnswer('sha-256=:x:', results), 'sha-256=:x:', results.length + 1)).toBeUndefined();
      }),
    );
  });

  test.each(['', '{}', 'null', '[]', '<html>', '{"digest":"d","count":1,"others":[[1,"stale",null]]}'])(
    '%j is no acknowledgement',
    (text) => {
      expect(readAnswer(text, 'd', 1)).toBeUndefined();
    },
  );
});

describe('a signature', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const components = {
    '@method': 'POST',
    '@authority': 'ingest.example',
    '@path': '/sync/v1/apply',
    '@query': '?',
    'content-digest': contentDigest(Buffer.from('body')),
    'content-type': 'application/json',
    'content-encoding': 'zstd',
  };
  const params = { keyId: 'world-1', nonce: 'A'.repeat(22), created: 1_800_000_000, expires: 1_800_000_060 };

  test('covers target, digest, type and encoding: a change of any of them breaks it', () => {
    const received = readSignature(signRequest(components, params, privateKey));
    if (received === undefined) throw new Error('the signature does not read back');
    expect(verifyRequest(components, received, publicKey)).toBe(true);
    for (const name of Object.keys(components)) {
      expect(verifyRequest({ ...components, [name]: 'other' }, received, publicKey), name).toBe(false);
    }
    for (const change of [{ created: 1 }, { expires: 1 }, { nonce: 'B'.repeat(22) }, { keyId: 'china-1' }]) {
      expect(verifyRequest(components, { ...received, ...change }, publicKey)).toBe(false);
    }
  });

  test('of an answer does not pass for one of a request, nor for another request', () => {
    const answer = { '@status': '200', 'content-digest': 'd', 'content-type': 't', 'content-digest;req': 'r' };
    const received = readSignature(signResponse(answer, params, privateKey));
    if (received === undefined) throw new Error('the signature does not read back');
    expect(verifyResponse(answer, received, publicKey)).toBe(true);
    expect(verifyResponse({ ...answer, 'content-digest;req': 'other' }, received, publicKey)).toBe(false);
    expect(verifyRequest(components, received, publicKey)).toBe(false);
  });

  test('with another algorithm or fewer covered components is not read, or not accepted', () => {
    const headers = signRequest(components, params, privateKey);
    expect(readSignature({ ...headers, 'signature-input': headers['signature-input'].replace('ed25519', 'hmac-sha256') })).toBeUndefined();
    const fewer = readSignature({ ...headers, 'signature-input': headers['signature-input'].replace('"content-digest" ', '') });
    expect(fewer === undefined || verifyRequest(components, fewer, publicKey)).toBe(false);
  });

  test('is in force for a minute, give or take five seconds of a clock that is ahead', () => {
    expect(isInForce(params, params.created)).toBe(true);
    expect(isInForce(params, params.created - 5)).toBe(true);
    expect(isInForce(params, params.created - 6)).toBe(false);
    expect(isInForce(params, params.expires + 1)).toBe(false);
    expect(isInForce({ ...params, expires: params.created + 61 }, params.created)).toBe(false);
  });

  test('a digest fits its bytes alone', () => {
    expect(digestMatches(contentDigest(Buffer.from('a')), Buffer.from('a'))).toBe(true);
    expect(digestMatches(contentDigest(Buffer.from('a')), Buffer.from('b'))).toBe(false);
    expect(digestMatches('', Buffer.from('a'))).toBe(false);
  });
});
