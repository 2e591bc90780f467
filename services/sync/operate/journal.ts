import type pg from 'pg';

import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/log.ts';

import type { ItemResult } from '../protocol/answer.ts';
import type { EntityItems } from '../protocol/body.ts';
import { writeJournal, type JournalEntry } from './journal.repository.ts';

/** Notes steps without holding anybody up: entries are written together, a moment later. Nothing waits for them, and nothing fails with them. */
export interface Journal {
  note(...entries: readonly JournalEntry[]): void;
  /** Resolves when what was noted is written, or given up. */
  flush(): Promise<void>;
}

const WRITE_AFTER_MS = 200;
/** Entries in one statement: some hold the pointers of 500 items. */
const MOST_AT_ONCE = 32;
/** What waits at most while the database is away; what comes on top is not kept. */
const MOST_WAITING = 500;

export function createJournal(deps: { pool: pg.Pool; clock: Clock; log: Logger }): Journal {
  const { pool, clock, log } = deps;
  const waiting: JournalEntry[] = [];
  let dropped = 0;
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const entries = waiting.splice(0, MOST_AT_ONCE);
      await writeJournal(pool, entries).catch((error: unknown) => {
        dropped += entries.length;
        log.debug({ err: error }, 'the journal could not be written');
      });
    }
    if (dropped > 0) log.warn({ dropped }, 'the journal lacks some entries');
    dropped = 0;
  }

  function startWriting(delayMs: number): Promise<void> {
    return (writing ??= clock.wait(delayMs).then(async () => {
      await writeAll();
      writing = undefined;
      if (waiting.length > 0) void startWriting(WRITE_AFTER_MS);
    }));
  }

  return {
    note(...entries) {
      const room = Math.max(0, MOST_WAITING - waiting.length);
      waiting.push(...entries.slice(0, room));
      dropped += Math.max(0, entries.length - room);
      void startWriting(WRITE_AFTER_MS);
    },
    async flush() {
      await writing;
      await writeAll();
    },
  };
}

/** The head of an item: PostgreSQL writes key and version first. */
const HEAD = /^\{"\$k"\s*:\s*("(?:[^"\\]|\\.)*"),\s*"\$v"\s*:\s*("[0-9]+")/;

/** Keys and versions of items, in the journal's form. What is no item stands as an empty key. Pure. */
export function pointersOf(items: readonly string[]): string {
  const pointers = items.map((item) => {
    const head = HEAD.exec(item);
    return head === null ? '["","0"]' : `[${head[1]},${head[2]}]`;
  });
  return `[${pointers.join(',')}]`;
}

/** Entries for the batch `groups`, one an entity: what became of each item, or that nothing was answered. Pure. */
export function entriesOf(
  groups: readonly EntityItems[],
  answers: readonly (readonly ItemResult[])[],
  rest: Omit<JournalEntry, 'entity' | 'pointers' | 'others'>,
): JournalEntry[] {
  return groups.map(({ entity, items }, group) => {
    const others = (answers[group] ?? []).flatMap(({ outcome, reason }, index) =>
      outcome === 'applied' ? [] : [[index, outcome, reason]],
    );
    return { ...rest, entity, pointers: pointersOf(items), ...(others.length === 0 ? {} : { others: JSON.stringify(others) }) };
  });
}
