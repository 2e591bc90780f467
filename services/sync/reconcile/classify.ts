import type { HeldStamp, Standing } from './messages.ts';

/**
 * What two sides that hold `own` and `peer` of one key need:
 * - `equal`: nothing. `refused`: nothing either, since the greater one is a dead letter that an operator knows of.
 * - `ours`, `theirs`: the greater one is ours, or theirs, and is to be pointed at where it is. `both`: the rows are merged by parts, and each side may hold
 *   something that the other one lacks.
 * - the others cannot be repaired by the ordinary path, and go to an operator: `collected_here`, `collected_there` (the side that lacks the row has
 *   collected tombstones of that age, so the row may have been deleted); `same_stamp` (one stamp, two contents: hole 2 of the protocol);
 *   `only_parked` (the greatest version is nowhere but in a waiting room).
 */
export type Verdict =
  | 'equal'
  | 'refused'
  | 'ours'
  | 'theirs'
  | 'both'
  | 'collected_here'
  | 'collected_there'
  | 'same_stamp'
  | 'only_parked';

export interface Difference {
  readonly key: string;
  readonly own: HeldStamp | undefined;
  readonly peer: HeldStamp | undefined;
  readonly verdict: Verdict;
}

const held = (stamp: HeldStamp | undefined): stamp is HeldStamp & { version: string; origin: string } =>
  stamp !== undefined && stamp.version !== null && stamp.origin !== null;

const partsDiffer = (a: HeldStamp, b: HeldStamp): boolean => a.parts !== null && b.parts !== null && a.parts !== b.parts;

/** The sides' order of two stamps: by version, then by origin bytewise (origins are ASCII). */
function compare(a: { version: string; origin: string }, b: { version: string; origin: string }): number {
  const [x, y] = [BigInt(a.version), BigInt(b.version)];
  if (x !== y) return x < y ? -1 : 1;
  return a.origin === b.origin ? 0 : a.origin < b.origin ? -1 : 1;
}

/** The version up to which tombstones are left out of a comparison. */
export function horizonOf(own: Standing, peer: Standing): string {
  return BigInt(own.collected) > BigInt(peer.collected) ? own.collected : peer.collected;
}

/** Pure. `standings` are those of the same two sides. */
export function classify(
  own: HeldStamp | undefined,
  peer: HeldStamp | undefined,
  standings: { readonly own: Standing; readonly peer: Standing },
): Verdict {
  const order = held(own) ? (held(peer) ? compare(own, peer) : 1) : held(peer) ? -1 : 0;
  if (order === 0) {
    if (!held(own) || !held(peer)) return 'equal';
    if (partsDiffer(own, peer)) return 'both';
    const contentsDiffer = own.content !== null && peer.content !== null && own.content !== peer.content;
    return own.deleted !== peer.deleted || contentsDiffer ? 'same_stamp' : 'equal';
  }
  const [greater, lesser, lacking] = order > 0 ? [own, peer, standings.peer] : [peer, own, standings.own];
  if (!held(greater)) return 'equal';
  if (own?.refused === greater.version || peer?.refused === greater.version) return 'refused';
  if (!held(lesser)) {
    const horizon = horizonOf(standings.own, standings.peer);
    if (greater.state === 'deleted' && BigInt(greater.version) <= BigInt(horizon)) return 'equal';
    if (BigInt(greater.version) <= BigInt(lacking.collected) && !lacking.filling) return order > 0 ? 'collected_there' : 'collected_here';
  }
  if (held(lesser) && partsDiffer(greater, lesser)) return 'both';
  if (greater.state === 'parked') return 'only_parked';
  return order > 0 ? 'ours' : 'theirs';
}

/** Compares what two sides hold of the same keys; answers what is not equal. Pure. */
export function differencesOf(
  own: readonly HeldStamp[],
  peer: readonly HeldStamp[],
  standings: { readonly own: Standing; readonly peer: Standing },
): Difference[] {
  const ours = new Map(own.map((stamp) => [stamp.key, stamp]));
  const theirs = new Map(peer.map((stamp) => [stamp.key, stamp]));
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
    const [mine, other] = [ours.get(key), theirs.get(key)];
    const verdict = classify(mine, other, standings);
    return verdict === 'equal' ? [] : [{ key, own: mine, peer: other, verdict }];
  });
}

/** Is this the same difference as before? What moved meanwhile was under way, and is no damage. */
export function isSame(a: Difference, b: Difference): boolean {
  const text = ({ own, peer, verdict }: Difference): string =>
    JSON.stringify([verdict, own?.version, own?.origin, own?.state, own?.parts, peer?.version, peer?.origin, peer?.state, peer?.parts]);
  return text(a) === text(b);
}
