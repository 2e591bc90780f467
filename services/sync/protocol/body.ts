import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import { byColumn, byItem } from './by-column.ts';
import { isSpoken, PROTOCOL_VERSION } from './versions.ts';

/** Media type of a batch: one JSON header line, then one line an item, as PostgreSQL wrote it, or one line a value. */
export const BATCH_TYPE = 'application/vnd.madeinworld.sync+ndjson';

/** An item larger than this is not sent, and is refused by itself where it is: its neighbours pass. */
const MOST_ITEM_BYTES = 1024 * 1024;
/** Items of one batch. */
export const MOST_ITEMS = 2_000;
/** What the items of one batch may come to when they are put together from their values. */
const MOST_EXPANDED_CHARS = 8 * 1024 * 1024;

/** Is an item too large to cross? In bytes of UTF-8. */
export function isOversized(item: string): boolean {
  // A character takes three bytes at most: few items need to be counted.
  return item.length * 3 > MOST_ITEM_BYTES && Buffer.byteLength(item) > MOST_ITEM_BYTES;
}

const BatchHeader = Type.Object({
  protocol: Type.String({ pattern: '^[0-9]+\\.[0-9]+$' }),
  source: Type.String({ minLength: 1 }),
  /** Is a collision that these items still run into to be settled? They are then all that the sender knows about it. */
  resolve: Type.Optional(Type.Boolean()),
  entities: Type.Array(
    Type.Object({
      entity: Type.String({ minLength: 1 }),
      count: Type.Integer({ minimum: 1 }),
      /** The columns that the items carry; a sender of 1.0 does not say. */
      columns: Type.Optional(Type.Array(Type.String())),
      /** Where the lines are values, column after column: the text around the values of each item (since 1.2). */
      pieces: Type.Optional(Type.Array(Type.String(), { minItems: 2, maxItems: 2_000 })),
    }),
    { maxItems: 100 },
  ),
});
type BatchHeader = Static<typeof BatchHeader>;
const checkHeader = Compile(BatchHeader);
const checkDeletion = Compile(Type.Object({ $d: Type.Literal(true) }));
const checkVersion = Compile(Type.Object({ protocol: Type.String() }));

export interface EntityItems {
  readonly entity: string;
  /** Items as JSON text, untouched between the two databases: int8 and time keep every digit. */
  readonly items: readonly string[];
  /** The columns that the items carry, as their sender's policy names them; where that is not known, the items tell. */
  readonly columns?: readonly string[] | undefined;
}

export interface BatchOptions {
  readonly resolve?: boolean;
  /** Lay items out by column where they are alike: fewer bytes when compressed, and some more work on both sides. For a receiver that reads 1.2. */
  readonly byColumn?: boolean;
}

/** Why a body is no batch. */
export class MalformedBatch extends Error {}

/** The batch is of a version that is not spoken here: what else it says, nobody here can tell. */
export class UnspokenVersion extends Error {}

/** Writes a batch; the items follow in the order of the header's entities. */
export function writeBatch(source: string, groups: readonly EntityItems[], options: BatchOptions = {}): string {
  const laid = groups.map(({ entity, items, columns }) => {
    const { pieces, lines } = (options.byColumn === true ? byColumn(items) : undefined) ?? { pieces: undefined, lines: items };
    return {
      lines,
      head: { entity, count: items.length, ...(columns && { columns: [...columns] }), ...(pieces && { pieces: [...pieces] }) },
    };
  });
  const header: BatchHeader = {
    protocol: PROTOCOL_VERSION,
    source,
    ...(options.resolve === true && { resolve: true }),
    entities: laid.map(({ head }) => head),
  };
  return [JSON.stringify(header), ...laid.flatMap(({ lines }) => lines), ''].join('\n');
}

/**
 * Reads a batch. Throws UnspokenVersion for another major version, before anything else is judged, and MalformedBatch where the header is wrong or
 * the lines are not as many as it says. Header fields that are not known are passed over: they are what a later minor version adds.
 */
export function readBatch(text: string): { header: BatchHeader; groups: EntityItems[] } {
  const lines = text.split('\n');
  const last = lines.pop();
  const first = lines.shift();
  let header: unknown;
  try {
    header = JSON.parse(first ?? '');
  } catch {
    throw new MalformedBatch('the header is not JSON');
  }
  if (checkVersion.Check(header) && !isSpoken(header.protocol)) throw new UnspokenVersion(header.protocol.slice(0, 20));
  if (!checkHeader.Check(header)) throw new MalformedBatch('the header does not fit its schema');
  if (last !== '') throw new MalformedBatch('the last line is cut off');
  const count = header.entities.reduce((sum, entity) => sum + entity.count, 0);
  if (count > MOST_ITEMS) throw new MalformedBatch(`${count} items are announced, ${MOST_ITEMS} are taken at a time`);
  const linesOf = ({ count, pieces }: BatchHeader['entities'][number]): number => count * (pieces === undefined ? 1 : pieces.length - 1);
  const expected = header.entities.reduce((sum, entity) => sum + linesOf(entity), 0);
  if (expected !== lines.length) throw new MalformedBatch(`${expected} lines are announced, ${lines.length} are there`);
  let start = 0;
  let mostChars = MOST_EXPANDED_CHARS;
  const groups = header.entities.map((announced) => {
    const { entity, count, columns, pieces } = announced;
    const held = lines.slice(start, start + linesOf(announced));
    start += held.length;
    if (pieces === undefined) return { entity, items: held, columns };
    const items = byItem({ pieces, lines: held }, count, mostChars);
    if (items === undefined) throw new MalformedBatch('the items are too large when they are put together');
    mostChars -= items.reduce((sum, item) => sum + item.length, 0);
    return { entity, items, columns };
  });
  return { header, groups };
}

/** Is an item a deletion? What looks like one may be a value of a row: a json column may hold the same name. */
export function isDeletion(item: string): boolean {
  if (!/"\$d"\s*:\s*true/.test(item)) return false;
  try {
    return checkDeletion.Check(JSON.parse(item));
  } catch {
    return false;
  }
}

/** Compares keys bytewise, as PostgreSQL does under COLLATE "C": alike in both regions. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
