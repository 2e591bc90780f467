import { describe, expect, it } from 'vitest';
import { signRequest } from './signature.ts';

describe('signRequest', () => {
  // The vector of Alibaba's Node.js SDK: https://github.com/aliyun/mns-nodejs-sdk/blob/master/test/client.test.js
  const headers = {
    'content-md5': '574683b3684e3cff610afa155cc2506d',
    'content-type': 'text/xml',
    'x-mns-version': '2015-06-06',
  };
  const sign = (more: Record<string, string> = {}, target = '/'): string =>
    signRequest({ method: 'PUT', target, headers: { ...headers, ...more } }, 'Tue, 11 Apr 2017 10:09:19 GMT', 'ACCESS_KEY_SECRET');

  it("makes the vendor's vector", () => {
    expect(sign()).toBe('A9zehggaYHHujmuRMxGIDrhWwx8=');
  });

  it('covers every x-mns- header, and the target as it came', () => {
    expect(sign({ 'x-mns-prefix': 'a' })).not.toBe(sign());
    expect(sign({ 'security-token': 'a' })).toBe(sign());
    expect(sign({}, '/?a=%2D')).not.toBe(sign({}, '/?a=-'));
  });
});
