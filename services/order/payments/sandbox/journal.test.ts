import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openJournal } from './journal.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madeinworld-journal-'));
  path = join(folder, 'entries.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const Entry = Type.Object({ word: Type.String() });
/** What is read by one that is opened, after it has taken these in. */
function reopened(...words: readonly string[]): string[] {
  const journal = openJournal(path, Entry);
  for (const word of words) journal.append({ word });
  journal.close();
  const again = openJournal(path, Entry);
  const read = again.news().map((entry) => entry.word);
  again.close();
  return read;
}

describe('a journal', () => {
  it('holds what it has taken in, and goes on behind it', () => {
    expect(reopened('a', 'ü\n')).toEqual(['a', 'ü\n']);
    expect(reopened('c')).toEqual(['a', 'ü\n', 'c']);
  });

  it('passes over a last line at whatever byte it was cut off, and what comes next is whole', () => {
    reopened('first', 'ü second');
    const bytes = readFileSync(path);
    const begin = bytes.indexOf('\n') + 1;
    for (let length = begin; length < bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(reopened('third')).toEqual(['first', 'third']);
    }
  });

  it('that another process has open too loses nothing of either, and tells each of both', () => {
    const [old, successor] = [openJournal(path, Entry), openJournal(path, Entry)];
    const words = (journal: typeof old) => journal.news().map((entry) => entry.word);
    old.append({ word: 'a' });
    expect(words(successor)).toEqual(['a']);
    successor.append({ word: 'b' });
    old.append({ word: 'c' });
    expect(words(successor)).toEqual(['b', 'c']);
    expect(words(successor)).toEqual([]);
    expect(words(old)).toEqual(['a', 'b', 'c']);
    for (const journal of [old, successor]) journal.close();
    expect(reopened()).toEqual(['a', 'b', 'c']);
  });

  it('names the line that is no entry, where it is not the end', () => {
    reopened('a');
    appendFileSync(path, '{"word":1}\n{"word":"c"}\n');
    expect(() => openJournal(path, Entry)).toThrow(`${path}, line 2 is no entry`);
  });
});
