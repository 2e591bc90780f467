import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** Media types of the requests and answers of reconciliation: JSON under zstd. */
export const RECONCILE_TYPE = 'application/vnd.madeinworld.reconcile+json';
export const RECONCILE_ANSWER_TYPE = 'application/vnd.madeinworld.reconcile+json+zstd';

/** What one request asks for at most: an answer stays below a few hundred KB, and the work for it below a few seconds. */
export const limits = { spans: 64, cuts: 512, ranges: 64, keys: 1_000, stamps: 20_000, expandedBytes: 8 * 1024 * 1024 } as const;

const Key = Type.String({ minLength: 1, maxLength: 200 });
const KeyOrEnd = Type.Union([Key, Type.Null()]);
const Int8Text = Type.String({ pattern: '^[0-9]{1,19}$' });
const protocol = Type.String({ pattern: '^[0-9]+\\.[0-9]+$' });
const entity = Type.String({ minLength: 1, maxLength: 200 });
const count = Type.Integer({ minimum: 0 });

/** Keys from `from` on, and before `to`; null is the end of the key space. */
export const KeyRange = Type.Object({ from: KeyOrEnd, to: KeyOrEnd });
export type KeyRange = Static<typeof KeyRange>;

/** A range and how it is cut: at these keys, or by whom it is sent to, into pieces of about `rows`. */
const Span = Type.Object({
  ...KeyRange.properties,
  cuts: Type.Optional(Type.Array(Key, { maxItems: limits.cuts })),
  rows: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
});
export type Span = Static<typeof Span>;

/** How a side stands towards the other one. */
export const Standing = Type.Object({
  /** The greatest version of a tombstone that it has collected. */
  collected: Int8Text,
  filling: Type.Boolean(),
  /** Pointers that wait to be sent: in its outbox, and (as an estimate) in its queue. */
  backlog: count,
  /** How long the oldest of its outbox has been waiting. */
  oldestMs: count,
  /** From a write to the peer's answer, as its worker last saw it; null where that is long ago, or never was. */
  lagMs: Type.Union([count, Type.Null()]),
  stalled: Type.Boolean(),
});
export type Standing = Static<typeof Standing>;

export const DigestsRequest = Type.Object({
  protocol,
  entity,
  horizon: Int8Text,
  deep: Type.Boolean(),
  spans: Type.Array(Span, { maxItems: limits.spans }),
});
export type DigestsRequest = Static<typeof DigestsRequest>;

/** Of each piece, how many keys are held and their digest ('' for none). `over`: too many to digest at once; `cuts` says how to go about it. */
const SpanDigests = Type.Object({
  over: Type.Boolean(),
  cuts: Type.Array(Key, { maxItems: limits.cuts }),
  held: Type.Array(count, { maxItems: limits.cuts + 1 }),
  digests: Type.Array(Type.String({ maxLength: 32 }), { maxItems: limits.cuts + 1 }),
});
export type SpanDigests = Static<typeof SpanDigests>;

/** `known` is false where the side does not know the entity: it holds nothing that could be compared. */
export const DigestsAnswer = Type.Object({ standing: Standing, known: Type.Boolean(), spans: Type.Array(SpanDigests) });
export type DigestsAnswer = Static<typeof DigestsAnswer>;

export const StampsRequest = Type.Object({
  protocol,
  entity,
  deep: Type.Boolean(),
  ranges: Type.Array(KeyRange, { maxItems: limits.ranges }),
  keys: Type.Array(Key, { maxItems: limits.keys }),
});
export type StampsRequest = Static<typeof StampsRequest>;

/** What a side holds of a key. `refused`: the greatest version of it that is kept there as a dead letter. `content`: digest of the row, where asked for. */
export const HeldStamp = Type.Object({
  key: Key,
  version: Type.Union([Int8Text, Type.Null()]),
  origin: Type.Union([Type.String({ maxLength: 80 }), Type.Null()]),
  state: Type.Union([Type.Literal('live'), Type.Literal('deleted'), Type.Literal('parked'), Type.Literal('none')]),
  deleted: Type.Boolean(),
  refused: Type.Union([Int8Text, Type.Null()]),
  content: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  /** Digest of the stamps of its parts, where rows of the entity are merged by parts. */
  parts: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
});
export type HeldStamp = Static<typeof HeldStamp>;

/** `complete` is false where there were more stamps than an answer holds. */
export const StampsAnswer = Type.Object({ standing: Standing, complete: Type.Boolean(), stamps: Type.Array(HeldStamp) });
export type StampsAnswer = Static<typeof StampsAnswer>;

/** Asks the other side to point at what it holds: of these keys, or of a range. */
export const RepointRequest = Type.Object({
  protocol,
  entity,
  keys: Type.Array(Key, { maxItems: limits.keys }),
  range: Type.Union([KeyRange, Type.Null()]),
});
export type RepointRequest = Static<typeof RepointRequest>;

/** `busy`: its backlog is at its bound, nothing was done, ask again. `next`: where to go on in the range; null at its end. */
export const RepointAnswer = Type.Object({ standing: Standing, pointed: count, next: KeyOrEnd, busy: Type.Boolean() });
export type RepointAnswer = Static<typeof RepointAnswer>;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export async function encode(message: object): Promise<Buffer> {
  return compress(Buffer.from(JSON.stringify(message)));
}

/** Reads a message of one form; undefined where it is not zstd, too large when expanded, or does not fit. */
export function decoderOf<Schema extends TSchema>(schema: Schema): (body: Buffer) => Promise<Static<Schema> | undefined> {
  const check = Compile(schema);
  return async (body) => {
    try {
      const text = (await decompress(body, { maxOutputLength: limits.expandedBytes })).toString('utf8');
      return check.Parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  };
}
