import { expect, test } from 'vitest';
import { en } from '../i18n/en.ts';
import { problemOfBrowser } from './passkeys.ts';

test('what a browser says when there is no passkey is told in words', () => {
  const told = (name: string): string => problemOfBrowser(new DOMException('in words of the browser', name)).message;
  expect(told('NotAllowedError')).toBe('problem.passkey_cancelled');
  expect(told('AbortError')).toBe('problem.passkey_cancelled');
  expect(told('InvalidStateError')).toBe('problem.passkey_known');
  expect(told('SecurityError')).toBe('problem.passkey_elsewhere');
  expect(told('ConstraintError')).toBe('problem.passkey_unsupported');
  expect(problemOfBrowser('nothing that is an error').message).toBe('problem.passkey_unsupported');
  for (const name of ['NotAllowedError', 'InvalidStateError', 'SecurityError', 'NotSupportedError']) {
    expect(Object.keys(en.problem)).toContain(told(name).replace('problem.', ''));
  }
});
