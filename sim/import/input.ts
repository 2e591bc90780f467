import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';

import { CsvError, parse, type Parser } from 'csv-parse';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { neededColumns, type RawRow } from './row.ts';

/** The file cannot be imported, or not any further. The message is a sentence for the person who gave it. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly line: number | undefined;

  constructor(message: string, line?: number, options?: ErrorOptions) {
    super(line === undefined ? message : `line ${line}: ${message}`, options);
    this.line = line;
  }
}

export interface Input<Row = RawRow> {
  /** The rows below the header with their line numbers. Throws `InputError` where the file goes wrong. Can be read once. */
  readonly rows: AsyncIterable<{ readonly line: number; readonly raw: Row }>;
  /** The part of the file that has been read, from 0 to 1; undefined where the size is not known. */
  readonly progress: () => number | undefined;
}

const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const recordFields = Compile(Type.Array(Type.String()));
const LINE_FEED = 0x0a;
const MAX_ROW_BYTES = 64 * 1024;
const MAX_COMPLAINT_LENGTH = 200;

/**
 * Opens a file of invoices: CSV (RFC 4180), plain or compressed with zstd, told apart by its first bytes. Reads and checks the header;
 * throws `InputError` when the file is no such file. Reads on only as fast as its rows are taken.
 */
export async function openInput(path: string): Promise<Input>;
export async function openInput<Column extends string>(
  path: string,
  columns: readonly Column[],
): Promise<Input<Readonly<Record<Column, string>>>>;
export async function openInput(
  path: string,
  columns: readonly string[] = neededColumns,
): Promise<Input<Readonly<Record<string, string>>>> {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(cause.code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read: ${cause.message}.`, undefined, {
      cause,
    });
  });
  if (info.isDirectory()) throw new InputError(`${path} is a folder; a file is needed.`);
  const source = createReadStream(path);
  const records = readRecords(await decoded(source, path), path);
  const header = await records.next().catch((error: unknown) => {
    if (!(error instanceof InputError) || !(error.cause instanceof CsvError)) throw error;
    if (isOtherSeparator(error.cause)) throw new InputError(wrongSeparator, error.line, { cause: error });
    throw new InputError('this is no CSV file of invoices.', error.line, { cause: error });
  });
  if (header.done === true) throw new InputError(`${path} is empty: not even a header.`);
  const positions = columnPositions(header.value.fields, columns);
  return {
    rows: rowsOf(records, positions, columns),
    progress: () => (info.isFile() && info.size > 0 ? Math.min(1, source.bytesRead / info.size) : undefined),
  };
}

/** The bytes of the CSV text: the file's own, or what zstd makes of them. */
async function decoded(source: Readable, path: string): Promise<Readable> {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  const first = await chunks.next().catch((cause: unknown) => {
    throw new InputError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, undefined, { cause });
  });
  const whole = Readable.from(
    (async function* rest() {
      for (let chunk = first; chunk.done !== true; chunk = await chunks.next()) yield chunk.value;
    })(),
    { objectMode: false },
  );
  if (first.done === true || !first.value.subarray(0, 4).equals(ZSTD_MAGIC)) return whole;
  const decompress = createZstdDecompress();
  pipeline(whole, decompress, () => undefined);
  return decompress;
}

class UnfinishedLine extends Error {}
class NotText extends Error {}
class NotUtf8 extends Error {}

/** Looks through the chunks of a text, in order: how many bytes of one are good, up to the line that holds what is no UTF-8. */
function createUtf8Check(): (chunk: Buffer) => number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (chunk) => {
    try {
      decoder.decode(chunk, { stream: true });
      return chunk.length;
    } catch {
      for (let start = 0; start < chunk.length;) {
        const end = chunk.indexOf(LINE_FEED, start) + 1 || chunk.length;
        if (!isUtf8(chunk.subarray(start, end))) return start;
        start = end;
      }
      return 0;
    }
  };
}

interface Parsed {
  readonly fields: readonly string[];
  readonly line: number;
}

/**
 * The records of a CSV text. The parser is fed a chunk at a time and its records are taken out before the next, so that all records
 * before a fault come out before the fault is thrown. A last line without a line break is a fault: such a file has been cut off.
 */
async function* readRecords(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<Parsed> {
  const parsed: Parsed[] = [];
  const parser = parse({
    bom: true,
    max_record_size: MAX_ROW_BYTES,
    skip_empty_lines: true,
    on_record: (record: unknown, { lines }) => {
      if (!recordFields.Check(record)) throw new TypeError('csv-parse gave something that is no record');
      parsed.push({ fields: record, line: lines });
      return null;
    },
  });
  const utf8 = createUtf8Check();
  parser.on('error', () => undefined).resume();
  const taken = (): Parsed[] => parsed.splice(0);
  try {
    let last = LINE_FEED;
    for await (const chunk of chunks) {
      const zero = chunk.indexOf(0);
      const text = zero < 0 ? chunk : chunk.subarray(0, zero);
      const good = utf8(text);
      const fault = await feed(parser, text.subarray(0, good));
      yield* taken();
      if (fault !== undefined) throw fault;
      if (good < text.length) throw new NotUtf8();
      if (zero >= 0) throw new NotText();
      last = chunk.at(-1) ?? last;
    }
    // An open quote is what is wrong first, where there is one; only the end shows it.
    const fault = await new Promise<unknown>((settled) =>
      parser
        .once('error', settled)
        .once('end', () => settled(undefined))
        .end(),
    );
    if (last !== LINE_FEED && !isOpenQuote(fault)) throw new UnfinishedLine();
    yield* taken();
    if (fault !== undefined) throw fault;
  } catch (error) {
    throw asInputError(error, parser.info.lines, path);
  }
}

function isOpenQuote(fault: unknown): boolean {
  return fault instanceof CsvError && fault.code === 'CSV_QUOTE_NOT_CLOSED';
}

/** Gives the parser a chunk, and gives back what it found wrong in it. */
function feed(parser: Parser, chunk: Buffer): Promise<Error | undefined> {
  return new Promise((settled) => parser.write(chunk, (fault) => settled(fault ?? undefined)));
}

function asInputError(error: unknown, linesRead: number, path: string): unknown {
  const options = { cause: error };
  if (error instanceof UnfinishedLine) {
    return new InputError(
      'the file ends within this line: it seems to be cut off. If it is whole, end it with a line break.',
      linesRead,
      options,
    );
  }
  if (error instanceof NotUtf8) return new InputError('this line is no UTF-8. Save the file as CSV in UTF-8.', linesRead + 1, options);
  if (error instanceof NotText)
    return new InputError('this is not text: it holds a byte of zero. A CSV file in UTF-8 is needed.', linesRead, options);
  if (error instanceof CsvError)
    return new InputError(`${csvComplaint(error)}.`, typeof error.lines === 'number' ? error.lines : linesRead, options);
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'Z_BUF_ERROR') return new InputError('the compressed file ends here: it is cut off.', linesRead, options);
  if (error.code.startsWith('ZSTD_')) return new InputError('the compressed file is damaged from here on.', linesRead, options);
  return new InputError(`${path} cannot be read any further: ${error.message}.`, linesRead, options);
}

function csvComplaint(error: CsvError): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': {
      const counts = /expect (\d+), got (\d+)/.exec(error.message);
      return counts === null
        ? 'the row has another number of fields than the header'
        : `the row has ${counts[2]} fields, the header ${counts[1]}`;
    }
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quoted field is not closed before the file ends';
    case 'CSV_MAX_RECORD_SIZE':
      return `the row is longer than ${MAX_ROW_BYTES} bytes: this is no such file, or a quoted field is not closed`;
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'a quotation mark stands where none may be';
    default:
      return error.message.replace(/ (?:at|on) line \d+/, '').slice(0, MAX_COMPLAINT_LENGTH);
  }
}

function columnPositions(header: readonly string[], needed: readonly string[]): ReadonlyMap<string, number> {
  const positions = new Map(header.map((name, index) => [name.trim(), index]));
  const missing = needed.filter((name) => !positions.has(name));
  if (missing.length === 0) return positions;
  if (header.length === 1 && /[;\t|]/.test(header[0] ?? '')) throw new InputError(wrongSeparator, 1);
  const columns = missing.length === 1 ? 'the column' : 'the columns';
  throw new InputError(`${columns} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing in the header.`, 1);
}

const wrongSeparator = 'the separator must be a comma.';

/** A header in quotes with another separator: the parser stumbles over what follows the first quote. */
function isOtherSeparator(fault: CsvError): boolean {
  return fault.code === 'CSV_INVALID_CLOSING_QUOTE' && /got "(?:;|\t|\|)"/.test(fault.message);
}

async function* rowsOf(
  records: AsyncGenerator<Parsed>,
  positions: ReadonlyMap<string, number>,
  columns: readonly string[],
): AsyncGenerator<{ line: number; raw: Readonly<Record<string, string>> }> {
  const places = columns.map((name) => [name, positions.get(name) ?? 0] as const);
  for await (const { fields, line } of records) {
    const raw: Record<string, string> = {};
    for (const [name, place] of places) raw[name] = fields[place] ?? '';
    yield { line, raw };
  }
}
