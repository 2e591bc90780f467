import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

import type { TSchema, Static } from 'typebox';
import { Value } from 'typebox/value';

/** Where entries are kept, in their order. */
export interface Journal<Entry> {
  /** What was written since this was asked last, by whomever: all that is there at the first time. Throws where anything in it is no entry. */
  news(): readonly Entry[];
  /** Returns once the entry outlives this process. Throws where it cannot be written: nothing of it is there then. */
  append(entry: Entry): void;
  close(): void;
}

/**
 * Opens a file of one JSON document a line, and makes it where there is none. A process and the one that takes its place may have it open at once: lines are written
 * whole. A last line that was cut off is taken away: whoever wrote it had not come to the end, and has told nobody. Throws where anything else in it is no entry.
 */
export function openJournal<Schema extends TSchema>(path: string, schema: Schema): Journal<Static<Schema>> {
  const file = openSync(path, 'a+', 0o600);
  takeAwayCutOff(file);
  let readBytes = 0;
  let readLines = 0;
  function readNew(): Static<Schema>[] {
    const { size } = fstatSync(file);
    if (size <= readBytes) return [];
    const bytes = Buffer.alloc(size - readBytes);
    const got = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, readBytes));
    const whole = got.subarray(0, got.lastIndexOf(NEWLINE) + 1);
    const lines = whole.toString('utf8').split('\n').slice(0, -1);
    const entries = lines.map((line, index) => readEntry(line, `${path}, line ${readLines + index + 1}`, schema));
    readBytes += whole.length;
    readLines += lines.length;
    return entries;
  }
  // Read at once: what is no entry keeps it from being opened.
  let unasked = readNew();
  return {
    news() {
      const entries = [...unasked, ...readNew()];
      unasked = [];
      return entries;
    },
    append(entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      const before = fstatSync(file).size;
      try {
        if (writeSync(file, line) !== line.length) throw new Error(`${path} took a part of an entry alone`);
      } catch (error) {
        // On a full disk: what came through would spoil the next line.
        ftruncateSync(file, before);
        throw error;
      }
    },
    close: () => closeSync(file),
  };
}

const NEWLINE = 10;

function takeAwayCutOff(file: number): void {
  const text = readFileSync(file);
  const whole = text.lastIndexOf(NEWLINE) + 1;
  if (whole < text.length) ftruncateSync(file, whole);
}

function readEntry<Schema extends TSchema>(line: string, where: string, schema: Schema): Static<Schema> {
  try {
    return Value.Parse(schema, JSON.parse(line));
  } catch (cause) {
    throw new Error(`${where} is no entry`, { cause });
  }
}
