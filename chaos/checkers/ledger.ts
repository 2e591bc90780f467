/**
 * Goal: no acknowledged write is lost or unaccounted for.
 * Method: last writer wins loses concurrent writes by design, so each one must be found somewhere: live in the end, superseded (a later
 * acknowledged write had seen it), or kept as the loser of a recorded conflict on either side. Whatever is none of these is a violation.
 * Of a row that is merged by parts this holds of each part that a write wrote; the write is live when one of its parts is.
 */
export interface AcknowledgedWrite {
  readonly entity: string;
  readonly key: string;
  readonly version: string;
  readonly origin: string;
  /** What the write had seen of other origins, as its own answer said. */
  readonly vector: Readonly<Record<string, string>>;
  /** Of a row that is merged by parts, those that it wrote. A write without wrote the whole row, or deleted it. */
  readonly parts?: readonly string[];
}

export interface Version {
  readonly entity: string;
  readonly key: string;
  readonly version: string;
  readonly origin: string;
  /** Of a row that is merged by parts: what of the version this is. */
  readonly part?: string;
}

export interface Balance {
  readonly acknowledged: number;
  readonly live: number;
  readonly superseded: number;
  readonly overwritten: number;
  readonly unaccounted: readonly AcknowledgedWrite[];
}

type Fate = 'live' | 'superseded' | 'overwritten' | 'unaccounted';

const idOf = (write: Omit<Version, 'part'>): string => `${write.entity}|${write.key}|${write.version}|${write.origin}`;

/** Had `later` seen `write`? */
function covers(later: AcknowledgedWrite, write: AcknowledgedWrite): boolean {
  if (later === write) return false;
  if (later.origin === write.origin) return BigInt(later.version) > BigInt(write.version);
  return BigInt(later.vector[write.origin] ?? '0') >= BigInt(write.version);
}

/**
 * Had one of `writes` seen a write? A region's own writes are ordered by version, so the latest of each origin, and what the others had seen, decide:
 * no need to compare all pairs.
 */
function seenBy(writes: readonly AcknowledgedWrite[]): (write: AcknowledgedWrite) => boolean {
  const newest = new Map<string, AcknowledgedWrite>();
  const seen = new Map<string, bigint>();
  for (const write of writes) {
    const held = newest.get(write.origin);
    if (held === undefined || BigInt(write.version) > BigInt(held.version)) newest.set(write.origin, write);
    for (const [origin, version] of Object.entries(write.vector)) {
      if (BigInt(version) > (seen.get(origin) ?? 0n)) seen.set(origin, BigInt(version));
    }
  }
  return (write) => {
    const last = newest.get(write.origin);
    return (last !== undefined && covers(last, write)) || (seen.get(write.origin) ?? 0n) >= BigInt(write.version);
  };
}

/** What became of a write of several parts: lost where one of them is. */
function together(fates: readonly Fate[]): Fate {
  return (['unaccounted', 'live', 'overwritten'] as const).find((fate) => fates.includes(fate)) ?? 'superseded';
}

/**
 * Balances acknowledged writes against what both databases hold in the end: `live` rows, parts and tombstones, and the losers that either side's
 * conflict log keeps. Pure.
 */
export function balance(writes: readonly AcknowledgedWrite[], live: readonly Version[], losers: readonly Version[]): Balance {
  const idsOf = (versions: readonly Version[]): Set<string> =>
    new Set(versions.flatMap((version) => [idOf(version), `${idOf(version)}|${version.part ?? ''}`]));
  const [liveIds, loserIds] = [idsOf(live), idsOf(losers)];
  const counts: Record<Fate, number> = { live: 0, superseded: 0, overwritten: 0, unaccounted: 0 };
  const unaccounted: AcknowledgedWrite[] = [];
  for (const group of Map.groupBy(writes, (write) => `${write.entity}|${write.key}`).values()) {
    const isSeen = seenBy(group);
    const seenInPart = new Map(
      [...new Set(group.flatMap(({ parts }) => parts ?? []))].map((part) => [
        part,
        seenBy(group.filter(({ parts }) => parts === undefined || parts.includes(part))),
      ]),
    );
    const fateOf = (id: string, superseded: boolean): Fate => {
      if (liveIds.has(id)) return 'live';
      if (superseded) return 'superseded';
      return loserIds.has(id) ? 'overwritten' : 'unaccounted';
    };
    for (const write of group) {
      const fate =
        write.parts === undefined
          ? fateOf(idOf(write), isSeen(write))
          : together(write.parts.map((part) => fateOf(`${idOf(write)}|${part}`, seenInPart.get(part)?.(write) === true)));
      counts[fate] += 1;
      if (fate === 'unaccounted') unaccounted.push(write);
    }
  }
  const { live: alive, superseded, overwritten } = counts;
  return { acknowledged: writes.length, live: alive, superseded, overwritten, unaccounted };
}
