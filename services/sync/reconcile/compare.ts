import { PROTOCOL_VERSION } from '../protocol/versions.ts';
import { differencesOf, horizonOf, type Difference } from './classify.ts';
import { AT_ONCE, mapAtMost } from './concurrency.ts';
import { limits, type DigestsAnswer, type KeyRange, type Span, type Standing } from './messages.ts';
import type { OwnSide, Side } from './side.ts';

/** How a key space is cut. */
export interface Shape {
  /** Rows of a range that is digested as one. */
  readonly rows: number;
  /** Ranges of one request, at most. */
  readonly ranges: number;
  /** A range of at most this many keys is compared key by key ... */
  readonly leafKeys: number;
  /** ... and a larger one that differs is cut into this many. */
  readonly pieces: number;
}

/** One request digests a million rows: the database reads them in the order of its heap, and a heap of random keys once for so many. */
const usualShape: Shape = { rows: 2_000, ranges: limits.cuts, leafKeys: 128, pieces: 32 };
/** A range that is cut this often and is still too large is being written faster than it is compared. */
const MOST_DEPTH = 12;

export interface Sides {
  readonly own: OwnSide;
  readonly peer: Side;
  readonly shape?: Shape;
}

export interface CompareOptions {
  readonly entity: string;
  readonly deep: boolean;
}

/** What a comparison found: single keys, and ranges of which one side holds nothing. */
export interface Found {
  readonly differences: Difference[];
  /** `ours`: we hold all of it and the peer nothing; `theirs`: the other way round. */
  readonly missing: { readonly range: KeyRange; readonly verdict: 'ours' | 'theirs'; readonly keys: number }[];
  /** Ranges that could not be compared to the end, since they changed too fast. */
  unsettled: number;
}

export interface Stretch extends Found {
  readonly known: boolean;
  /** Where the next stretch begins; null at the end of the key space. */
  readonly next: string | null;
  readonly ranges: number;
  readonly ownKeys: number;
  readonly peerKeys: number;
}

interface Piece extends KeyRange {
  /** How many keys each side holds of it. */
  readonly own: number;
  readonly peer: number;
  readonly equal: boolean;
}

/** How both sides stood when they last answered; the horizon of the next request follows from it. */
export interface Standings {
  own: Standing;
  peer: Standing;
}

/** Asks the peer how it stands, and says how we do. */
export async function readStandings({ own, peer }: Sides, entity: string): Promise<Standings> {
  const asked = await peer.digests({ protocol: PROTOCOL_VERSION, entity, horizon: '0', deep: false, spans: [] });
  return { own: await own.standing(), peer: asked.standing };
}

/** The consecutive ranges that cuts make of a span. */
function rangesOf(span: KeyRange, cuts: readonly string[]): KeyRange[] {
  const bounds = [span.from, ...cuts, span.to];
  return bounds.slice(1).map((to, index) => ({ from: bounds[index] ?? null, to }));
}

/** Digests of both sides for the same spans, computed at the same time. Where `span` leaves the cutting to the peer, it goes first. */
async function digestBoth(
  sides: Sides,
  options: CompareOptions,
  standings: Standings,
  spans: readonly Span[],
): Promise<{ known: boolean; pieces: Piece[]; over: boolean; cuts: readonly string[] }> {
  const { entity, deep } = options;
  const base = { protocol: PROTOCOL_VERSION, entity, deep, horizon: horizonOf(standings.own, standings.peer) };
  const ask = (side: Side, of: readonly Span[]): Promise<DigestsAnswer> => side.digests({ ...base, spans: [...of] });
  const peerCuts = spans.some((span) => span.cuts === undefined);
  const asked = ask(sides.peer, spans);
  const [theirs, ours] = peerCuts
    ? await asked.then(async (answer) => {
        const cut = spans.map((span, index): Span => ({ from: span.from, to: span.to, cuts: answer.spans[index]?.cuts ?? [] }));
        return [answer, await ask(sides.own, answer.known ? cut : [])] as const;
      })
    : await Promise.all([asked, ask(sides.own, spans)]);
  standings.own = ours.standing;
  standings.peer = theirs.standing;
  const pieces: Piece[] = [];
  for (const [index, span] of spans.entries()) {
    const [mine, other] = [ours.spans[index], theirs.spans[index]];
    if (mine === undefined || other === undefined) continue;
    if (mine.over || other.over) return { known: true, pieces: [], over: true, cuts: other.over ? other.cuts : mine.cuts };
    for (const [at, range] of rangesOf(span, span.cuts ?? other.cuts).entries()) {
      const [own, peer] = [mine.held[at] ?? 0, other.held[at] ?? 0];
      pieces.push({ ...range, own, peer, equal: own === peer && mine.digests[at] === other.digests[at] });
    }
  }
  return { known: theirs.known, pieces, over: false, cuts: [] };
}

/** May a side that holds nothing of a range be sent the whole of it? Not where it has collected tombstones: a row may have been deleted there. */
const mayFill = (standing: Standing): boolean => standing.filling || standing.collected === '0';

/** Cuts ranges that differ until their keys can be compared one by one. Changes `found`. */
async function drill(
  sides: Sides,
  options: CompareOptions,
  standings: Standings,
  differing: readonly Piece[],
  found: Found,
): Promise<void> {
  const { leafKeys, pieces, ranges: mostRanges } = sides.shape ?? usualShape;
  let open = [...differing];
  const leaves: KeyRange[] = [];
  for (let depth = 0; open.length > 0; depth += 1) {
    const large: Piece[] = [];
    for (const piece of open) {
      const range: KeyRange = { from: piece.from, to: piece.to };
      if (Math.max(piece.own, piece.peer) <= leafKeys) leaves.push(range);
      else if (piece.own === 0 && mayFill(standings.own)) found.missing.push({ range, verdict: 'theirs', keys: piece.peer });
      else if (piece.peer === 0 && mayFill(standings.peer)) found.missing.push({ range, verdict: 'ours', keys: piece.own });
      else if (depth >= MOST_DEPTH) found.unsettled += 1;
      else large.push(piece);
    }
    open = [];
    for (const batch of batchesOf(large, limits.spans)) {
      // Who holds more cuts: the other one may have no key in there to cut at.
      const [ours, theirs] = [batch.filter(({ own, peer }) => own >= peer), batch.filter(({ own, peer }) => own < peer)];
      const rowsOf = ({ own, peer }: Piece): number => Math.ceil(Math.max(own, peer) / pieces);
      const cutOurs = (): Promise<Span[]> =>
        mapAtMost(AT_ONCE, ours, async (piece) => {
          const range = { from: piece.from, to: piece.to };
          return { ...range, cuts: await sides.own.cuts(options.entity, range, rowsOf(piece), mostRanges - 1) };
        });
      const left = theirs.map((piece): Span => ({ from: piece.from, to: piece.to, rows: rowsOf(piece) }));
      const digestAll = async (spans: readonly Span[]): Promise<void> => {
        if (spans.length === 0) return;
        const compared = await digestBoth(sides, options, standings, spans);
        if (compared.over) found.unsettled += spans.length;
        open.push(...compared.pieces.filter(differs));
      };
      await Promise.all([cutOurs().then(digestAll), digestAll(left)]);
    }
  }
  for (const ranges of batchesOf(leaves, limits.ranges)) await compareKeys(sides, options, standings, { ranges, keys: [] }, found);
}

/** Compares single keys, or all keys of ranges. Changes `found`. */
export async function compareKeys(
  sides: Sides,
  options: CompareOptions,
  standings: Standings,
  which: { ranges: readonly KeyRange[]; keys: readonly string[] },
  found: Found,
): Promise<void> {
  const { entity, deep } = options;
  const request = { protocol: PROTOCOL_VERSION, entity, deep, ranges: [...which.ranges], keys: [...which.keys] };
  const [ours, theirs] = await Promise.all([sides.own.stamps(request), sides.peer.stamps(request)]);
  standings.own = ours.standing;
  standings.peer = theirs.standing;
  if (!ours.complete || !theirs.complete) found.unsettled += 1;
  else found.differences.push(...differencesOf(ours.stamps, theirs.stamps, standings));
}

const differs = (piece: Piece): boolean => !piece.equal;

/** Cuts a list into batches of at most `most`. */
export function batchesOf<Item>(list: readonly Item[], most: number): Item[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, index) => list.slice(index * most, (index + 1) * most));
}

/** Compares one range from end to end, whatever it holds: what was found missing as a whole is looked at again with this. */
export async function compareRange(
  sides: Sides,
  options: CompareOptions,
  standings: Standings,
  range: KeyRange,
  found: Found,
): Promise<void> {
  const compared = await digestBoth(sides, options, standings, [{ ...range, cuts: [] }]);
  if (compared.over) found.unsettled += 1;
  else await drill(sides, options, standings, compared.pieces.filter(differs), found);
}

/**
 * Compares the next stretch of an entity, from `from` on: by digests of ranges, which are cut further where they differ, down to single keys. Reads
 * only. The ranges are cut at keys, so writes meanwhile do not move them.
 */
export async function compareStretch(sides: Sides, options: CompareOptions, standings: Standings, from: string | null): Promise<Stretch> {
  const found: Found = { differences: [], missing: [], unsettled: 0 };
  const { rows, ranges: most } = sides.shape ?? usualShape;
  let cuts: readonly string[] = await sides.own.cuts(options.entity, { from, to: null }, rows, most);
  for (let attempt = 0; ; attempt += 1) {
    const to = cuts.length >= most ? (cuts[most - 1] ?? null) : null;
    const span: Span = { from, to, cuts: to === null ? [...cuts] : cuts.slice(0, most - 1) };
    const compared = await digestBoth(sides, options, standings, [span]);
    if (compared.over) {
      // One side holds far more between our cuts than we thought: it says where to cut.
      if (attempt >= MOST_DEPTH || compared.cuts.length < most)
        throw new Error(`ranges of ${options.entity} change too fast to be compared`);
      cuts = compared.cuts;
      continue;
    }
    await drill(sides, options, standings, compared.pieces.filter(differs), found);
    const sum = (of: 'own' | 'peer'): number => compared.pieces.reduce((total, piece) => total + piece[of], 0);
    return { ...found, known: compared.known, next: to, ranges: compared.pieces.length, ownKeys: sum('own'), peerKeys: sum('peer') };
  }
}
