/**
 * What the writes of one row come to, written down from the SPEC and sharing nothing with the engine's SQL: a state is whatever a set of writes
 * makes it, not the result of joins.
 */
export interface Shape {
  readonly entity: string;
  /** Columns by group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly counters: readonly string[];
  /** Of the group that is a state machine: its column, and the ranks. */
  readonly ranks?: { readonly group: string; readonly column: string; readonly order: Readonly<Record<string, number>> };
  /** The column that names the region which writes the row: its changes count epochs, which rank the row. */
  readonly home?: string;
}

export type Row = Readonly<Record<string, unknown>>;

/** One acknowledged write. `seen` is all that it had seen, by origin, itself included: what its own answer said. */
export interface Write {
  readonly version: bigint;
  readonly origin: string;
  readonly seen: ReadonlyMap<string, bigint>;
  readonly kind: 'insert' | 'update' | 'delete';
  /** What the write left, of the groups that it wrote. */
  readonly groups: ReadonlyMap<string, { readonly rank: number; readonly values: Row }>;
  readonly counted: ReadonlyMap<string, number>;
  /** Of a row with a home: the epoch in which it was written. */
  readonly epoch: number;
}

export interface State {
  readonly alive: boolean;
  readonly row: Row;
  readonly seen: ReadonlyMap<string, bigint>;
  /** The write that rules each group, and life or death. */
  readonly rulers: ReadonlyMap<string, Write>;
  readonly epoch: number;
}

export const stampOf = (write: Pick<Write, 'version' | 'origin'>): string => `${write.version}|${write.origin}`;
export const covers = (seen: ReadonlyMap<string, bigint>, write: Pick<Write, 'version' | 'origin'>): boolean =>
  (seen.get(write.origin) ?? 0n) >= write.version;
const after = (a: Write, rankOfA: number, b: Write, rankOfB: number): boolean =>
  rankOfA !== rankOfB ? rankOfA > rankOfB : a.version !== b.version ? a.version > b.version : a.origin > b.origin;

function greatest(writes: readonly Write[], rankOf: (write: Write) => number): Write | undefined {
  let ruler: Write | undefined;
  for (const write of writes) if (ruler === undefined || after(write, rankOf(write), ruler, rankOf(ruler))) ruler = write;
  return ruler;
}

/** The state that `writes` make, in whatever order they are given; undefined where there are none. */
export function fold(shape: Shape, writes: readonly Write[]): State | undefined {
  if (writes.length === 0) return undefined;
  const row: Record<string, unknown> = {};
  const rulers = new Map<string, Write>();
  for (const group of Object.keys(shape.groups)) {
    const rankOf = (write: Write): number => write.groups.get(group)?.rank ?? -1;
    const ruler = greatest(
      writes.filter((write) => write.groups.has(group)),
      rankOf,
    );
    if (ruler === undefined) continue;
    rulers.set(group, ruler);
    Object.assign(row, ruler.groups.get(group)?.values);
  }
  for (const counter of shape.counters) row[counter] = writes.reduce((sum, write) => sum + (write.counted.get(counter) ?? 0), 0);
  const epochOf = (write: Write): number => write.epoch;
  const life = greatest(
    writes.filter(({ kind }) => kind !== 'delete'),
    epochOf,
  );
  const death = greatest(
    writes.filter(({ kind }) => kind === 'delete'),
    epochOf,
  );
  if (life !== undefined) rulers.set('$alive', life);
  if (death !== undefined) rulers.set('$grave', death);
  const seen = new Map<string, bigint>();
  for (const write of writes) for (const [origin, version] of write.seen) if (version > (seen.get(origin) ?? 0n)) seen.set(origin, version);
  return {
    alive: life !== undefined && (death === undefined || after(life, life.epoch, death, death.epoch)),
    row,
    seen,
    rulers,
    epoch: Math.max(...writes.map(epochOf)),
  };
}

/** The parts that a write wrote, as conflict records name them; undefined of a deletion, which is of the whole row. */
export function partsOf(write: Write): string[] | undefined {
  return write.kind === 'delete' ? undefined : [...write.groups.keys(), ...write.counted.keys()];
}
