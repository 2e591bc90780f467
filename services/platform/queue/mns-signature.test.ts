import { describe, expect, it } from 'vitest';

import { signatureOf } from './mns-signature.ts';

const vector = {
  method: 'PUT',
  contentMd5: '574683b3684e3cff610afa155cc2506d',
  contentType: 'text/xml',
  date: 'Tue, 11 Apr 2017 10:09:19 GMT',
  headers: { 'x-mns-version': '2015-06-06' },
  resource: '/',
};

describe('the MNS signature', () => {
  it("is the one of the vendor's test vector", () => {
    expect(signatureOf(vector, 'ACCESS_KEY_SECRET')).toBe('A9zehggaYHHujmuRMxGIDrhWwx8=');
  });

  it('sorts the x-mns-* headers, whatever their case and order, and covers no other', () => {
    const one = signatureOf({ ...vector, headers: { 'X-MNS-Version': 'v', 'x-mns-prefix': 'p', host: 'h' } }, 's');
    const other = signatureOf({ ...vector, headers: { 'x-mns-prefix': 'p', 'x-mns-version': 'v' } }, 's');
    expect(one).toBe(other);
  });

  it.each(['method', 'contentMd5', 'contentType', 'date', 'resource'] as const)('covers the %s', (part) => {
    expect(signatureOf({ ...vector, [part]: 'other' }, 'ACCESS_KEY_SECRET')).not.toBe('A9zehggaYHHujmuRMxGIDrhWwx8=');
  });
});
