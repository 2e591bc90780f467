import type pg from 'pg';

/** One step of one batch, as the journal keeps it; `at` is the end of the step in milliseconds since the epoch. */
export interface JournalEntry {
  readonly step: 'received' | 'exchanged' | 'applied';
  readonly at: number;
  /** Ids of queue messages. */
  readonly messages?: readonly string[];
  readonly entity?: string;
  /** `[["key","version"],...]` */
  readonly pointers?: string;
  /** `[[index, outcome, reason],...]` of the pointers that were not simply applied. */
  readonly others?: string;
  readonly nonce?: string;
  readonly bytes?: number;
  readonly ms?: number;
  readonly failure?: string;
}

/** Writes entries in one statement. */
export async function writeJournal(pool: pg.Pool, entries: readonly JournalEntry[]): Promise<void> {
  const values = entries.flatMap(({ at, step, messages, entity, pointers, others, nonce, bytes, ms, failure }) => [
    at,
    step,
    messages,
    entity,
    pointers,
    others,
    nonce,
    bytes,
    ms,
    failure,
  ]);
  const rows = entries.map((_, row) => {
    const at = row * 10;
    return `(to_timestamp($${at + 1}::float8 / 1000), $${at + 2}, $${at + 3}::text[], $${at + 4}, $${at + 5}, $${at + 6}::json, $${at + 7}, $${at + 8}::int, $${at + 9}::int, $${at + 10})`;
  });
  await pool.query(
    `INSERT INTO sync.journal (at, step, messages, entity, pointers, others, nonce, bytes, ms, failure) VALUES ${rows.join(', ')}`,
    values,
  );
}

/** Drops what the settings say is too old or too much. */
export async function trimJournal(pool: pg.Pool): Promise<void> {
  await pool.query('SELECT sync.journal_trim()');
}
