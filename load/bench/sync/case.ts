import type { Rig } from './rig/rig.ts';
import type { Rows } from './rows.ts';

/** One figure of a case, beside what it is compared with in the same run. */
export interface Figure {
  readonly case: string;
  readonly what: string;
  readonly ours: number;
  /** What it is measured against: logical replication unless `beside` says otherwise. */
  readonly reference: number | null;
  readonly beside?: string;
  readonly unit: string;
  /** ours / reference, of the same run. */
  readonly ratio: number | null;
  /** Null for what is told without being held to anything. */
  readonly target: Target | null;
}

/** A bound of the ratio, or of our figure itself. */
export interface Target {
  readonly of: 'ratio' | 'ours';
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface CaseContext {
  readonly rig: Rig;
  readonly rows: Rows;
  /** Rows of the main cases; others are in proportion to it. */
  readonly count: number;
  /** How many times each contender is measured, in turn; the figure is the median of the ratios. */
  readonly repeat: number;
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** One line of progress, written over the last. */
  readonly progress: (line: string) => void;
}

export interface BenchCase {
  readonly name: string;
  readonly what: string;
  readonly run: (context: CaseContext) => Promise<Figure[]>;
}

/** The q-quantile, by nearest rank. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

/** A figure from pairs that were measured one after the other: the median of each side, and the median of the ratios of the pairs. */
export function compared(
  base: Pick<Figure, 'case' | 'what' | 'unit' | 'target' | 'beside'>,
  pairs: readonly { readonly ours: number; readonly reference: number }[],
): Figure {
  return {
    ...base,
    ours: median(pairs.map(({ ours }) => ours)),
    reference: median(pairs.map(({ reference }) => reference)),
    ratio: median(pairs.map(({ ours, reference }) => ours / reference)),
  };
}

/** Did the figure meet its target? Undefined where it has none. */
export function meets({ target, ratio, ours }: Figure): boolean | undefined {
  if (target === null) return undefined;
  const value = target.of === 'ratio' ? ratio : ours;
  if (value === null || Number.isNaN(value)) return false;
  return value >= (target.atLeast ?? -Infinity) && value <= (target.atMost ?? Infinity);
}
