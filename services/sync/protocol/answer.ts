import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import { PROTOCOL_VERSION } from './versions.ts';

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
  /** The version that the receiver writes (since 1.2). */
  protocol: Type.Optional(Type.String()),
  others: Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Outcome, Type.Union([Type.String(), Type.Null()])])),
  collisions: Type.Optional(Type.Array(Collision)),
  /** By index, what refused an item, by its name: a constraint, a column, or the error's class (since 1.3). */
  details: Type.Optional(Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Type.String()]))),
});
/** Names of PostgreSQL's are 63 bytes long. */
const MOST_DETAIL_CHARS = 100;
const checkAnswer = Compile(BatchAnswer);

export interface ItemResult {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly collision?: Collision;
  /** Names what refused the item, never a value. */
  readonly detail?: string;
}

export function writeAnswer(digest: string, results: readonly ItemResult[]): string {
  const details = results.flatMap(({ detail }, item): [number, string][] => (detail === undefined ? [] : [[item, detail]]));
  const collisions = results.flatMap(({ collision }, item) => (collision === undefined ? [] : [{ item, ...collision }]));
  const answer: Static<typeof BatchAnswer> = {
    digest,
    count: results.length,
    protocol: PROTOCOL_VERSION,
    others: results.flatMap((result, index) => (result.outcome === 'applied' ? [] : [[index, result.outcome, result.reason]])),
    ...(collisions.length > 0 && { collisions }),
    ...(details.length > 0 && { details }),
  };
  return JSON.stringify(answer);
}

export interface Answer {
  readonly results: ItemResult[];
  /** The version that the receiver writes; one of before 1.2 does not say. */
  readonly protocol: string | undefined;
}

/** Reads an answer; undefined where it is none, or answers another body or another number of items: then nothing is acknowledged. */
export function readAnswer(text: string, digest: string, count: number): Answer | undefined {
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
  for (const [item, detail] of answer.details ?? []) {
    const result = results[item];
    if (result === undefined) return undefined;
    results[item] = { ...result, detail: detail.slice(0, MOST_DETAIL_CHARS) };
  }
  return { results, protocol: answer.protocol };
}
