/** Quantiles of the lag over the last minute or so, in buckets that grow by a twentieth: exact enough to read, and small however much passes. */
export interface LagWindow {
  /** `count` items became visible at the peer `lagMs` after their commit. */
  add(lagMs: number, count: number, nowMs: number): void;
  /** The lag that a share `q` (0..1) of the items stayed within; null where there were none lately. */
  quantile(q: number, nowMs: number): number | null;
}

const GROWTH = Math.log(1.05);
const BUCKETS = 400;
const SLOT_MS = 10_000;
const SLOTS = 6;

const bucketOf = (lagMs: number): number => Math.min(BUCKETS - 1, Math.round(Math.log(Math.max(1, lagMs)) / GROWTH));

interface Slot {
  readonly start: number;
  readonly counts: Uint32Array;
}

export function createLagWindow(): LagWindow {
  const slots: Slot[] = [];
  const current = (nowMs: number): Slot => {
    const start = Math.floor(nowMs / SLOT_MS);
    while (slots[0] !== undefined && slots[0].start <= start - SLOTS) slots.shift();
    const last = slots.at(-1);
    // A clock that steps back fills the newest slot.
    if (last !== undefined && last.start >= start) return last;
    const slot = { start, counts: new Uint32Array(BUCKETS) };
    slots.push(slot);
    return slot;
  };
  return {
    add(lagMs, count, nowMs) {
      const { counts } = current(nowMs);
      const bucket = bucketOf(lagMs);
      counts[bucket] = (counts[bucket] ?? 0) + count;
    },
    quantile(q, nowMs) {
      current(nowMs);
      const sums = Array.from({ length: BUCKETS }, (_, bucket) => slots.reduce((sum, { counts }) => sum + (counts[bucket] ?? 0), 0));
      const total = sums.reduce((sum, count) => sum + count, 0);
      if (total === 0) return null;
      let seen = 0;
      const found = sums.findIndex((count) => (seen += count) >= q * total && count > 0);
      return Math.round(Math.exp(found * GROWTH));
    },
  };
}
