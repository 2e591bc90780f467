import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import { isSpoken, PROTOCOL_VERSION } from './versions.ts';

/** Media type of a batch: one JSON header line, then one line an item, as PostgreSQL wrote it. */
export const BATCH_TYPE = 'application/vnd.madeinworld.sync+ndjson';

/** An item larger than this is not sent, and is refused by itself where it is: its neighbours pass. */
const MOST_ITEM_BYTES = 1024 * 1024;

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
    }),
    { maxItems: 100 },
  ),
});
type BatchHeader = Static<typeof BatchHeader>;
const checkHeader = Compile(BatchHeader);
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
}

/** Why a body is no batch. */
export class MalformedBatch extends Error {}

/** The batch is of a version that is not spoken here: what else it says, nobody here can tell. */
export class UnspokenVersion extends Error {}

/** Writes a batch; the items follow in the order of the header's entities. */
export function writeBatch(source: string, groups: readonly EntityItems[], options: BatchOptions = {}): string {
  const header: BatchHeader = {
    protocol: PROTOCOL_VERSION,
    source,
    ...(options.resolve === true && { resolve: true }),
    entities: groups.map(({ entity, items, columns }) => ({ entity, count: items.length, ...(columns && { columns: [...columns] }) })),
  };
  return [JSON.stringify(header), ...groups.flatMap((group) => group.items), ''].join('\n');
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
  const expected = header.entities.reduce((sum, { count }) => sum + count, 0);
  if (expected !== lines.length) throw new MalformedBatch(`${expected} items are announced, ${lines.length} are there`);
  let start = 0;
  const groups = header.entities.map(({ entity, count, columns }) => {
    const items = lines.slice(start, start + count);
    start += count;
    return { entity, items, columns };
  });
  return { header, groups };
}

/** Is an item a deletion? PostgreSQL's JSON escapes quotes within strings, so this form stands for nothing else. */
export function isDeletion(item: string): boolean {
  return /"\$d"\s*:\s*true/.test(item);
}

/** Compares keys bytewise, as PostgreSQL does under COLLATE "C": alike in both regions. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What became of one item at the receiver. */
export const Outcome = Type.Union([
  Type.Literal('applied'),
  Type.Literal('stale'),
  Type.Literal('conflict'),
  Type.Literal('parked'),
  Type.Literal('rejected'),
]);
export type Outcome = Static<typeof Outcome>;

/** Who stands in the way of an item that ran into a UNIQUE constraint. `rename`: the column that changes on the loser; null where none is declared. */
const Collision = Type.Object({
  item: Type.Integer({ minimum: 0 }),
  key: Type.String(),
  version: Type.String({ pattern: '^[0-9]{1,19}$' }),
  origin: Type.String(),
  rename: Type.Union([Type.String(), Type.Null()]),
  /** Once it is settled: `holder` was renamed at the receiver, `item` is to be renamed at the sender. */
  loser: Type.Union([Type.Literal('holder'), Type.Literal('item'), Type.Null()]),
});
export type Collision = Omit<Static<typeof Collision>, 'item'>;

/**
 * The answer to a batch, bound to the digest of the body that it answers. Every item is answered: `others` lists those that were not simply
 * applied (index, outcome, reason); the rest of the `count` were.
 */
const BatchAnswer = Type.Object({
  digest: Type.String({ minLength: 1 }),
  count: Type.Integer({ minimum: 0 }),
  others: Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Outcome, Type.Union([Type.String(), Type.Null()])])),
  collisions: Type.Optional(Type.Array(Collision)),
});
const checkAnswer = Compile(BatchAnswer);

export interface ItemResult {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly collision?: Collision;
}

export function writeAnswer(digest: string, results: readonly ItemResult[]): string {
  const collisions = results.flatMap(({ collision }, item) => (collision === undefined ? [] : [{ item, ...collision }]));
  const answer: Static<typeof BatchAnswer> = {
    digest,
    count: results.length,
    others: results.flatMap((result, index) => (result.outcome === 'applied' ? [] : [[index, result.outcome, result.reason]])),
    ...(collisions.length > 0 && { collisions }),
  };
  return JSON.stringify(answer);
}

/** Reads an answer; undefined where it is none, or answers another body or another number of items: then nothing is acknowledged. */
export function readAnswer(text: string, digest: string, count: number): ItemResult[] | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!checkAnswer.Check(answer) || answer.digest !== digest || answer.count !== count) return undefined;
  const results = Array.from({ length: count }, (): ItemResult => ({ outcome: 'applied', reason: null }));
  for (const [index, outcome, reason] of answer.others) {
    if (index >= count) return undefined;
    results[index] = { outcome, reason };
  }
  for (const { item, ...collision } of answer.collisions ?? []) {
    const result = results[item];
    if (result === undefined) return undefined;
    results[item] = { ...result, collision };
  }
  return results;
}
