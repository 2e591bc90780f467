import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { signatureFault, signatureOf } from './signature.ts';

const secret = 's'.repeat(32);
const body = Buffer.from('{"paymentId":"1"}');
const nowMs = 1_772_357_400_999;

describe('the signature of a webhook', () => {
  it('is an HMAC of time and body, as anybody can make it', () => {
    const mac = createHmac('sha256', secret).update('1772357400.{"paymentId":"1"}').digest('hex');
    expect(signatureOf(secret, body, nowMs)).toBe(`t=1772357400,v1=${mac}`);
  });

  it.each([
    ['made a moment ago', signatureOf(secret, body, nowMs), undefined],
    ['made five minutes ago', signatureOf(secret, body, nowMs - 299_000), undefined],
    ['made too long ago', signatureOf(secret, body, nowMs - 302_000), 'signature_clock'],
    ['made in the future', signatureOf(secret, body, nowMs + 302_000), 'signature_clock'],
    ['made with another secret', signatureOf('x'.repeat(32), body, nowMs), 'signature_invalid'],
    ['made over other bytes', signatureOf(secret, Buffer.from('{"paymentId":"2"}'), nowMs), 'signature_invalid'],
    ['with another time than was signed', signatureOf(secret, body, nowMs).replace('t=1772357400', 't=1772357401'), 'signature_invalid'],
    ['cut short', signatureOf(secret, body, nowMs).slice(0, -1), 'signature_invalid'],
    ['without a time', signatureOf(secret, body, nowMs).replace(/^t=\d+,/, ''), 'signature_invalid'],
    ['empty', '', 'signature_invalid'],
    ['not there', undefined, 'signature_missing'],
    ['there twice', [signatureOf(secret, body, nowMs)], 'signature_missing'],
  ])('%s', (_what, header, fault) => {
    expect(signatureFault(secret, header, body, nowMs)).toBe(fault);
  });
});
