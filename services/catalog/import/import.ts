import type { BulkResult } from '#contracts/catalog.ts';
import { IMPORT_LIMIT_ROWS, type ImportedRow, type ImportEnd, type ImportReportLine } from '#contracts/catalog-files.ts';
import type { ErrorCode } from '#contracts/errors.ts';
import { AppError } from '#platform/errors.ts';

import { FileFault, type Reading } from './reading.ts';

/** Rows of one transaction. */
const BATCH_ROWS = 500;

export interface ImportDeps {
  /** Commits what can be of `items`, and answers one result an item. */
  apply(items: readonly unknown[]): Promise<readonly BulkResult[]>;
  /** What a client is told of an error that is neither the file's nor an AppError; logs it. */
  tell(error: unknown): ErrorCode;
}

/**
 * Imports the rows of a file, batch by batch, and reports each after it has been committed; the last line is the end. Where the file goes wrong, the rows before
 * are imported all the same. Throws, and reports nothing, where not a row has been committed: AppError for what is the file's fault.
 */
export async function* importRows(readings: AsyncGenerator<Reading>, deps: ImportDeps): AsyncGenerator<ImportReportLine> {
  const counts = { rows: 0, created: 0, changed: 0, unchanged: 0, rejected: 0 };
  try {
    for (;;) {
      const { batch, end } = await nextBatch(readings, IMPORT_LIMIT_ROWS - counts.rows);
      try {
        for (const row of await applyBatch(batch, deps)) {
          counts.rows += 1;
          counts[row.status] += 1;
          yield row;
        }
      } catch (error) {
        if (counts.rows === 0) throw error;
        yield { complete: false, ...counts, ...brokenOff(error, deps) };
        return;
      }
      if (end === 'more') continue;
      if (end !== 'whole' && counts.rows === 0) throw refusalOf(end.error);
      yield end === 'whole' ? { complete: true, ...counts } : { complete: false, ...counts, ...brokenOff(end.error, deps) };
      return;
    }
  } finally {
    await readings.return(undefined);
  }
}

interface Batch {
  readonly batch: readonly Reading[];
  /** Whether there is more, that was all, or why it went no further. */
  readonly end: 'more' | 'whole' | { readonly error: unknown };
}

async function nextBatch(readings: AsyncGenerator<Reading>, most: number): Promise<Batch> {
  const batch: Reading[] = [];
  try {
    while (batch.length < BATCH_ROWS) {
      const next = await readings.next();
      if (next.done === true) return { batch, end: 'whole' };
      if (batch.length >= most) {
        throw new FileFault(next.value.line, `A file may have ${IMPORT_LIMIT_ROWS} rows.`, { code: 'body_too_large' });
      }
      batch.push(next.value);
    }
    return { batch, end: 'more' };
  } catch (error) {
    return { batch, end: { error } };
  }
}

async function applyBatch(batch: readonly Reading[], { apply }: ImportDeps): Promise<ImportedRow[]> {
  const items = batch.flatMap((reading) => ('item' in reading ? [reading.item] : []));
  const results = (items.length === 0 ? [] : await apply(items)).values();
  return batch.map((reading) => {
    const { line } = reading;
    if ('fault' in reading) return { line, status: 'rejected', id: null, code: 'invalid_request', message: reading.fault };
    const { value } = results.next();
    if (value === undefined) throw new Error('an item was left unanswered');
    const { status, id, code, detail } = value;
    return {
      line,
      status: status === 'updated' ? 'changed' : status,
      id,
      ...(code === undefined ? {} : { code }),
      ...(detail === undefined ? {} : { message: detail }),
    };
  });
}

function refusalOf(error: unknown): unknown {
  return error instanceof FileFault ? new AppError(error.code, { detail: `Line ${error.line}: ${error.message}`, cause: error }) : error;
}

function brokenOff(error: unknown, { tell }: ImportDeps): Pick<ImportEnd, 'line' | 'code' | 'message'> {
  if (error instanceof FileFault) return { line: error.line, code: error.code, message: error.message };
  return error instanceof AppError ? { code: error.code, message: error.message } : { code: tell(error) };
}
