import { expect, it } from 'vitest';

import { leaksIn, spellingsOf } from './marks.ts';

const marks = { name: 'Zdeňka Quillfeather', street: 'Ořechová 17"b' };

it.each(Object.entries(marks))('a planted %s is found however it is spelt', (kind, mark) => {
  const { folded, exact } = spellingsOf(mark);
  for (const [name, spelt] of Object.entries({ ...folded, ...exact })) {
    expect(leaksIn(`before ${spelt} after`, { [kind]: mark }), name).toContain(`${kind}, ${name}`);
  }
  expect(leaksIn(`BEFORE ${mark.toUpperCase()} AFTER`, { [kind]: mark })).toContain(`${kind}, raw`);
});

it('base64 of a longer text shows it, wherever it stands in there', () => {
  for (const before of ['', 'a', 'ab', 'abc', '{"name":"']) {
    const text = Buffer.from(`${before}${marks.name}","more":1}`);
    expect(leaksIn(text.toString('base64'), marks)).not.toEqual([]);
    expect(leaksIn(text.toString('base64url'), marks)).not.toEqual([]);
  }
});

it('nothing is found where nothing is', () => {
  expect(leaksIn(JSON.stringify({ name: '[redacted]', route: '/v1/me/addresses/:id' }), marks)).toEqual([]);
});
