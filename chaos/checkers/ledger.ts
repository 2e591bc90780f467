/**
 * Goal: no acknowledged write is lost or unaccounted for.
 * Method: last writer wins loses concurrent writes by design, so each one must be found somewhere: live in the end, superseded (a later
 * acknowledged write had seen it), or kept as the loser of a recorded conflict on either side. Whatever is none of these is a violation.
 */
export interface AcknowledgedWrite {
  readonly entity: string;
  readonly key: string;
  readonly version: string;
  readonly origin: string;
  /** What the write had seen of other origins, as its own answer said. */
  readonly vector: Readonly<Record<string, string>>;
}

export interface Version {
  readonly entity: string;
  readonly key: string;
  readonly version: string;
  readonly origin: string;
}

export interface Balance {
  readonly acknowledged: number;
  readonly live: number;
  readonly superseded: number;
  readonly overwritten: number;
  readonly unaccounted: readonly AcknowledgedWrite[];
}

const idOf = (write: Version): string => `${write.entity}|${write.key}|${write.version}|${write.origin}`;

/** Had `later` seen `write`? */
function covers(later: AcknowledgedWrite, write: AcknowledgedWrite): boolean {
  if (later === write) return false;
  if (later.origin === write.origin) return BigInt(later.version) > BigInt(write.version);
  return BigInt(later.vector[write.origin] ?? '0') >= BigInt(write.version);
}

/**
 * Balances acknowledged writes against what both databases hold in the end: `live` rows and tombstones, and the losers that either side's
 * conflict log keeps. Pure.
 */
export function balance(writes: readonly AcknowledgedWrite[], live: readonly Version[], losers: readonly Version[]): Balance {
  const liveIds = new Set(live.map(idOf));
  const loserIds = new Set(losers.map(idOf));
  const byKey = Map.groupBy(writes, (write) => `${write.entity}|${write.key}`);
  const unaccounted: AcknowledgedWrite[] = [];
  let alive = 0;
  let superseded = 0;
  let overwritten = 0;
  for (const group of byKey.values()) {
    // A region's own writes are ordered by version, so the latest of each origin, and what the others had seen, decide: no need to compare all pairs.
    const newest = new Map<string, AcknowledgedWrite>();
    const seen = new Map<string, bigint>();
    for (const write of group) {
      const held = newest.get(write.origin);
      if (held === undefined || BigInt(write.version) > BigInt(held.version)) newest.set(write.origin, write);
      for (const [origin, version] of Object.entries(write.vector)) {
        if (BigInt(version) > (seen.get(origin) ?? 0n)) seen.set(origin, BigInt(version));
      }
    }
    for (const write of group) {
      const last = newest.get(write.origin);
      const isSuperseded = (last !== undefined && covers(last, write)) || (seen.get(write.origin) ?? 0n) >= BigInt(write.version);
      if (liveIds.has(idOf(write))) alive += 1;
      else if (isSuperseded) superseded += 1;
      else if (loserIds.has(idOf(write))) overwritten += 1;
      else unaccounted.push(write);
    }
  }
  return { acknowledged: writes.length, live: alive, superseded, overwritten, unaccounted };
}
