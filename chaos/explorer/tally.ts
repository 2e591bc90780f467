/** What happened in a run, counted by name. */
export interface Tally {
  add(name: string, by?: number): void;
  /** Keeps the least and greatest of `value`, and its sum. */
  measure(name: string, value: number): void;
  counts(): Readonly<Record<string, number>>;
  ranges(): Readonly<Record<string, Range>>;
}

export interface Range {
  readonly least: number;
  readonly greatest: number;
  readonly sum: number;
  readonly times: number;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const ranges = new Map<string, Range>();
  return {
    add: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    measure(name, value) {
      const held = ranges.get(name) ?? { least: value, greatest: value, sum: 0, times: 0 };
      ranges.set(name, {
        least: Math.min(held.least, value),
        greatest: Math.max(held.greatest, value),
        sum: held.sum + value,
        times: held.times + 1,
      });
    },
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    ranges: () => Object.fromEntries(ranges),
  };
}

/** One tally of several: what shards counted. */
export function together(tallies: readonly Pick<Tally, 'counts' | 'ranges'>[]): Tally {
  const all = createTally();
  for (const tally of tallies) for (const [name, count] of Object.entries(tally.counts())) all.add(name, count);
  const ranges = new Map<string, Range>();
  for (const tally of tallies) {
    for (const [name, range] of Object.entries(tally.ranges())) {
      const held = ranges.get(name) ?? range;
      ranges.set(
        name,
        held === range
          ? range
          : {
              least: Math.min(held.least, range.least),
              greatest: Math.max(held.greatest, range.greatest),
              sum: held.sum + range.sum,
              times: held.times + range.times,
            },
      );
    }
  }
  return { ...all, ranges: () => Object.fromEntries(ranges) };
}
