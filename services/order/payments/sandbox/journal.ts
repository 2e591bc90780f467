import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

import type { TSchema, Static } from 'typebox';
import { Value } from 'typebox/value';

/** Where entries are kept, in their order. */
export interface Journal<Entry> {
  /** What was there when it was opened. */
  readonly entries: readonly Entry[];
  /** Returns once the entry outlives this process. Throws where it cannot be written: nothing of it is there then. */
  append(entry: Entry): void;
  close(): void;
}

/**
 * Opens a file of one JSON document a line, and makes it where there is none. A last line that was cut off is taken away: whoever wrote it had not come to
 * the end, and has told nobody. Throws where anything else in it is no entry.
 */
export function openJournal<Schema extends TSchema>(path: string, schema: Schema): Journal<Static<Schema>> {
  const file = openSync(path, 'a+', 0o600);
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries = whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => readEntry(line, `${path}, line ${index + 1}`, schema));
  let bytes = Buffer.byteLength(whole);
  ftruncateSync(file, bytes);
  return {
    entries,
    append(entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      try {
        if (writeSync(file, line) !== line.length) throw new Error(`${path} took a part of an entry alone`);
        bytes += line.length;
      } catch (error) {
        // On a full disk: what came through would spoil the next line.
        ftruncateSync(file, bytes);
        throw error;
      }
    },
    close: () => closeSync(file),
  };
}

function readEntry<Schema extends TSchema>(line: string, where: string, schema: Schema): Static<Schema> {
  try {
    return Value.Parse(schema, JSON.parse(line));
  } catch (cause) {
    throw new Error(`${where} is no entry`, { cause });
  }
}
