import type { AcknowledgedWrite } from '../checkers/ledger.ts';

/**
 * The protocol's rules about versions, written down from the SPEC and sharing nothing with the engine's SQL: what a local write is stamped, which
 * version covers which, and what all writes of a key come to.
 */
export interface Stamp {
  readonly version: bigint;
  readonly origin: string;
  readonly vector: ReadonlyMap<string, bigint>;
}

/** What a side holds under a key: a row, or (content null) a tombstone. */
export interface Held extends Stamp {
  readonly entity: string;
  readonly key: string;
  /** The crossing columns, canonically. */
  readonly content: string | null;
  /** Keys of the rows that it refers to. */
  readonly parents: readonly string[];
}

export interface Write extends Held {
  /** A writer's, or the engine's own that brings back what others still need. */
  readonly by: 'writer' | 'revival';
}

export const idOf = (held: Pick<Held, 'entity' | 'key'>): string => `${held.entity}|${held.key}`;
export const stampId = (held: Pick<Held, 'entity' | 'key' | 'version' | 'origin'>): string =>
  `${idOf(held)}|${held.version}|${held.origin}`;

/** Includes `a` the version `b`? */
export function covers(a: Stamp, b: Pick<Stamp, 'version' | 'origin'>): boolean {
  return (a.origin === b.origin && a.version >= b.version) || (a.vector.get(b.origin) ?? 0n) >= b.version;
}

export function isGreater(a: Pick<Stamp, 'version' | 'origin'>, b: Pick<Stamp, 'version' | 'origin'>): boolean {
  return a.version > b.version || (a.version === b.version && a.origin > b.origin);
}

/** The stamp of a local write by `own` at `nowMs` over what was there. */
export function stampOver(before: Stamp | undefined, own: string, nowMs: bigint): Stamp {
  const now = nowMs << 16n;
  if (before === undefined) return { version: now, origin: own, vector: new Map() };
  const vector = new Map(before.vector);
  if (before.origin !== own) {
    vector.delete(own);
    vector.set(before.origin, before.version);
  }
  return { version: before.version + 1n > now ? before.version + 1n : now, origin: own, vector };
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.version === b.version && a.origin === b.origin && sameVector(a.vector, b.vector);
}

function sameVector(a: Stamp['vector'], b: Stamp['vector']): boolean {
  return a.size === b.size && [...a].every(([origin, version]) => b.get(origin) === version);
}

/** The last writer's version of every key. Who had seen a version writes a greater one, so the greatest is covered by none. */
export function fold(writes: readonly Write[]): Map<string, Write> {
  const folded = new Map<string, Write>();
  for (const write of writes) {
    const held = folded.get(idOf(write));
    if (held === undefined || isGreater(write, held)) folded.set(idOf(write), write);
  }
  return folded;
}

/**
 * Keys that may live in the end: those whose last writer did not delete them, and what such rows refer to, however far up. Whatever else lives was
 * deleted, and nobody contradicts that.
 */
export function entitledToLive(writes: readonly Write[], final: ReadonlyMap<string, Held>): Set<string> {
  const byKey = new Map([...final.values()].map((held) => [held.key, held]));
  const entitled = new Set<string>();
  const visit = (key: string): void => {
    if (entitled.has(key)) return;
    entitled.add(key);
    for (const parent of byKey.get(key)?.parents ?? []) visit(parent);
  };
  for (const write of fold(writes.filter(({ by }) => by === 'writer')).values()) if (write.content !== null) visit(write.key);
  return entitled;
}

export function asAcknowledged(write: Write): AcknowledgedWrite {
  return {
    entity: write.entity,
    key: write.key,
    version: String(write.version),
    origin: write.origin,
    vector: Object.fromEntries([...write.vector].map(([origin, version]) => [origin, String(version)])),
  };
}
