import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { totpAt } from '../testing/totp-app.ts';
import { seal, unseal } from './seal.ts';
import { enrolmentOf, newTotpSecret, stepOf } from './totp.ts';

describe('a code', () => {
  const secret = Buffer.from('12345678901234567890');
  // RFC 6238, appendix B, SHA-1; the last six of its eight digits.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
  ])('at %i s is %s', (seconds, code) => {
    expect(stepOf(secret, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  it('counts one step before and after its own, and names the step that it is of', () => {
    const nowMs = 1_111_111_109_000;
    const step = Math.floor(nowMs / 30_000);
    const { secret: text } = enrolmentOf(secret, 'a', 'b');
    const at = (steps: number) => stepOf(secret, totpAt(text, nowMs + steps * 30_000), nowMs);
    expect([at(-2), at(-1), at(0), at(1), at(2)]).toEqual([undefined, step - 1, step, step + 1, undefined]);
  });

  it('is of its secret alone', () => {
    const nowMs = 1_111_111_109_000;
    const other = enrolmentOf(newTotpSecret(), 'a', 'b').secret;
    expect(
      [-1, 0, 1].map((steps) => stepOf(secret, totpAt(other, nowMs + steps * 30_000), nowMs)).every((step) => step === undefined),
    ).toBe(true);
  });
});

it('an app is given the secret by a URI', () => {
  const { secret, uri } = enrolmentOf(Buffer.from('12345678901234567890'), 'madeinworld world', 'grace@example.org');
  expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  const url = new URL(uri);
  expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual(['otpauth:', 'totp', '/madeinworld world:grace@example.org']);
  expect(url.searchParams.get('secret')).toBe(secret);
});

describe('a sealed secret', () => {
  const pepper = randomBytes(32);
  const secret = newTotpSecret();

  it('opens for its account, with its pepper, and never looks the same', () => {
    const sealed = seal(pepper, 'a', secret);
    expect(unseal(pepper, 'a', sealed)).toEqual(secret);
    expect(seal(pepper, 'a', secret)).not.toEqual(sealed);
    expect(sealed.includes(secret)).toBe(false);
  });

  it('opens for nobody else, and not when it was changed', () => {
    const sealed = seal(pepper, 'a', secret);
    expect(() => unseal(pepper, 'b', sealed)).toThrow();
    expect(() => unseal(randomBytes(32), 'a', sealed)).toThrow();
    for (const index of [0, 12, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => unseal(pepper, 'a', changed)).toThrow();
    }
  });
});
