import { CsvError, parse, type Parser } from 'csv-parse';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { productColumns } from '#contracts/catalog-files.ts';

import { unguarded } from './formula.ts';
import { cutOff, emptyFile, FileFault, MAX_ROW_BYTES, type Reading } from './reading.ts';
import { TextFault, wholeLines } from './text.ts';

type Column = (typeof productColumns)[number];
interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

const recordFields = Compile(Type.Array(Type.String()));
const neededColumns: readonly Column[] = ['sku', 'amountMinor', 'currency', 'pricedAt'];
const LINE_ENDS: readonly (number | undefined)[] = [0x0a, 0x0d];

/**
 * The rows of a CSV text (RFC 4180; a byte order mark may come first) as items of a bulk request, in the order of the file. Throws FileFault where header or
 * text goes wrong, after the rows before it.
 */
export async function* readCsv(pieces: AsyncIterable<Buffer>): AsyncGenerator<Reading> {
  let positions: ReadonlyMap<Column, number> | undefined;
  let width = 0;
  for await (const { fields, line } of recordsOf(pieces)) {
    if (positions === undefined) {
      positions = columnsOf(fields, line);
      width = fields.length;
    } else if (fields.length === width) yield { line, item: itemOf(fields, positions) };
    else yield { line, fault: `The row has ${fields.length} fields, the header ${width}.` };
  }
  if (positions === undefined) throw emptyFile();
}

function columnsOf(header: readonly string[], line: number): ReadonlyMap<Column, number> {
  const names = header.map((name) => name.trim());
  const isKnown = (name: string): name is Column => productColumns.some((column) => column === name);
  const isOneField = names.length === 1 && /[;\t|]/.test(names[0] ?? '');
  if (isOneField) throw new FileFault(line, 'The separator must be a comma.');
  const missing = neededColumns.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new FileFault(line, `The header lacks: ${missing.join(', ')}.`);
  const strange = names.findIndex((name, place) => !isKnown(name) || names.indexOf(name) !== place);
  if (strange >= 0) {
    throw new FileFault(
      line,
      `Column ${strange + 1} of the header is unknown, or stands there twice; known are: ${productColumns.join(', ')}.`,
    );
  }
  return new Map(names.filter(isKnown).map((name, place) => [name, place]));
}

/** An empty field is one that is left out. What is no number stays text, which the check of the item refuses. */
function itemOf(fields: readonly string[], positions: ReadonlyMap<Column, number>): object {
  const field = (name: Column): string => unguarded(fields[positions.get(name) ?? -1] ?? '');
  const [amount, name, categoryId, state] = [field('amountMinor'), field('name'), field('categoryId'), field('state')];
  return {
    sku: field('sku'),
    price: { amountMinor: /^[0-9]{1,15}$/.test(amount) ? Number(amount) : amount, currency: field('currency') },
    pricedAt: field('pricedAt'),
    ...(name === '' ? {} : { name }),
    ...(categoryId === '' ? {} : { categoryId }),
    ...(state === '' ? {} : { state }),
  };
}

/** The parser is fed a piece at a time and its records are taken out before the next, so that what comes before a fault is read before it is thrown. */
async function* recordsOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  const read: Row[] = [];
  const parser = parse({
    bom: true,
    // By itself it takes what ends the header for what ends each row, and a file that was put together of two has both.
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: MAX_ROW_BYTES,
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (record: unknown, { lines }) => {
      if (!recordFields.Check(record)) throw new TypeError('csv-parse gave something that is no record');
      read.push({ fields: record, line: lines });
      return null;
    },
  });
  parser.on('error', () => undefined).resume();
  let last: number | undefined;
  try {
    for await (const piece of wholeLines(pieces)) {
      const fault = await feed(parser, piece);
      yield* read.splice(0);
      if (fault !== undefined) throw fault;
      last = piece.at(-1) ?? last;
    }
    const fault = await finish(parser);
    if (fault !== undefined) throw fault;
    // What comes out only now ended with the file, not with a line break.
    if (read.length > 0 && !LINE_ENDS.includes(last)) throw cutOff(Math.max(parser.info.lines, 1));
    yield* read.splice(0);
  } catch (error) {
    // Of what is whole the parser keeps the end back, until more comes.
    if (error instanceof TextFault && (await finish(parser)) === undefined) yield* read.splice(0);
    throw asFileFault(error, parser.info.lines);
  }
}

/** Gives the parser a piece, and gives back what it found wrong in it. */
const feed = (parser: Parser, piece: Buffer): Promise<Error | undefined> =>
  new Promise((settled) => parser.write(piece, (fault) => settled(fault ?? undefined)));
const finish = (parser: Parser): Promise<Error | undefined> =>
  new Promise((settled) =>
    parser
      .once('error', settled)
      .once('end', () => settled(undefined))
      .end(),
  );

function asFileFault(error: unknown, linesRead: number): unknown {
  if (error instanceof TextFault) return new FileFault(linesRead, error.message, { cause: error });
  if (!(error instanceof CsvError)) return error;
  const line = Math.max(typeof error.lines === 'number' ? error.lines : linesRead, 1);
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new FileFault(line, 'A quoted field is not closed before the file ends: it seems to be cut off.', { cause: error });
    case 'CSV_MAX_RECORD_SIZE':
      return new FileFault(line, `The row is longer than ${MAX_ROW_BYTES} bytes: a quoted field may not be closed.`, { cause: error });
    default:
      return new FileFault(line, 'This is no CSV: a quotation mark stands where none may be.', { cause: error });
  }
}
