import fc from 'fast-check';
import { expect, test } from 'vitest';

import { carriesAny, namesOf } from './names.ts';

/** One character of a JSON string, in any of the ways in which it may be written. */
const written = (character: string): fc.Arbitrary<string> =>
  fc.constantFrom(character, `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`, ...(character === '/' ? ['\\/'] : []));
const writtenName = (name: string): fc.Arbitrary<string> => fc.tuple(...[...name].map(written)).map((parts) => `"${parts.join('')}"`);

test('a name is found however it is written, and nothing else is', () => {
  const carries = carriesAny(['cost_minor', 'a/b', 'say "hi"']);
  const harmless = fc.dictionary(fc.constantFrom('sku', 'cost', 'minor', 'cost_minor2'), fc.oneof(fc.string(), fc.constant('cost_minor')));
  fc.assert(
    fc.property(harmless, (item) => {
      expect(carries(JSON.stringify(item))).toBe('none');
    }),
  );
  fc.assert(
    fc.property(harmless, fc.oneof(writtenName('cost_minor'), writtenName('a/b')), (item, name) => {
      const text = JSON.stringify({ $k: 'k', ...item }).replace(/\}$/, `,${name}:1}`);
      expect(carries(text)).toBe('some');
    }),
  );
  expect(carries('{"say \\"hi\\"": 1}')).toBe('some');
});

test('a name is found in what the protocol wraps, not in the contents of a column', () => {
  const carries = carriesAny(['cost_minor']);
  expect(carries('{"$held": {"cost_minor": 1}}')).toBe('some');
  expect(carries('{"attributes": {"cost_minor": 1}}')).toBe('none');
  expect(carries('{"$w": {"cost_minor": 1}, "$p": {"cost_minor": [0, 1, "world#1"]}}')).toBe('none');
  expect(carries('{"cost_minor"')).toBe('unreadable');
  expect(namesOf('{"$k": 1, "sku": 2}')).toEqual(['$k', 'sku']);
  expect(namesOf('[]')).toBeUndefined();
});
