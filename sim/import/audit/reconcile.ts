import type { BookedInvoice } from './database-totals.ts';
import { invoiceKeyOf, type FileTotals, type LeftOutTotals, type Totals } from './file-totals.ts';

export interface Difference {
  readonly what: string;
  readonly file: Totals | null;
  readonly database: Totals | null;
}

export interface Cell {
  readonly month: string;
  readonly country: string;
  readonly file: Totals;
  readonly database: Totals;
}

export interface Reconciliation {
  readonly agrees: boolean;
  readonly invoicesCompared: number;
  readonly differenceCount: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
  /** By month and country. */
  readonly cells: readonly Cell[];
  readonly total: { readonly file: Totals; readonly database: Totals };
}

export interface ReconcileOptions {
  readonly file: FileTotals;
  readonly booked: readonly BookedInvoice[];
  /** What the replay says that it left out, by reason. */
  readonly leftOut: ReadonlyMap<string, LeftOutTotals>;
}

const MAX_DIFFERENCES = 50;
const none = (): Totals => ({ units: 0, minor: 0 });
const isEqual = (a: Totals, b: Totals): boolean => a.units === b.units && a.minor === b.minor;

/** Holds the books of the regions against the file: invoice by invoice, by month and country, and what was left out. Everything is whole pence. Pure. */
export function reconcile({ file, booked, leftOut }: ReconcileOptions): Reconciliation {
  const found: Difference[] = [];
  const books = new Map<string, Totals>();
  const cells = new Map<string, { month: string; country: string; file: Totals; database: Totals }>();
  const cellOf = (month: string, country: string) => {
    const key = `${month}|${country}`;
    const cell = cells.get(key) ?? { month, country, file: none(), database: none() };
    cells.set(key, cell);
    return cell;
  };

  for (const { month, country, units, minor } of file.invoices.values()) add(cellOf(month, country).file, units, minor);
  for (const one of booked) {
    // Of what an earlier release wrote down as come back, the file alone says in which month that was.
    const month = one.month ?? monthIn(file, one);
    add(entryOf(books, invoiceKeyOf({ ...one, month })), one.units, one.minor);
    add(cellOf(month, one.country).database, one.units, one.minor);
  }
  for (const [key, expected] of file.invoices) {
    const actual = books.get(key);
    if (actual !== undefined && isEqual(actual, expected)) continue;
    found.push({ what: `invoice ${key}`, file: pick(expected), database: actual ?? null });
  }
  for (const [key, actual] of books) {
    if (!file.invoices.has(key)) found.push({ what: `invoice ${key}`, file: null, database: actual });
  }
  for (const reason of new Set([...file.leftOut.keys(), ...leftOut.keys()])) {
    const [expected, actual] = [file.leftOut.get(reason), leftOut.get(reason)];
    if (expected?.rows === actual?.rows && expected?.units === actual?.units && expected?.minor === actual?.minor) continue;
    found.push({
      what: `left out: ${reason} (${expected?.rows ?? 0} rows, the replay ${actual?.rows ?? 0})`,
      file: expected ?? null,
      database: actual ?? null,
    });
  }
  const sorted = [...cells.values()].sort((a, b) => (a.month + a.country < b.month + b.country ? -1 : 1));
  const total = { file: sumOf(sorted.map(({ file }) => file)), database: sumOf(sorted.map(({ database }) => database)) };
  return {
    agrees: found.length === 0 && isEqual(total.file, total.database),
    invoicesCompared: file.invoices.size,
    differenceCount: found.length,
    differences: found.slice(0, MAX_DIFFERENCES),
    cells: sorted,
    total,
  };
}

const monthIn = ({ invoices }: FileTotals, { invoice, country, region }: BookedInvoice): string =>
  [...invoices.values()].find((one) => one.invoice === invoice && one.country === country && one.region === region)?.month ?? 'unknown';

const pick = ({ units, minor }: Totals): Totals => ({ units, minor });

function entryOf(map: Map<string, Totals>, key: string): Totals {
  const entry = map.get(key) ?? none();
  map.set(key, entry);
  return entry;
}

function add(to: Totals, units: number, minor: number): void {
  to.units += units;
  to.minor += minor;
}

function sumOf(all: readonly Totals[]): Totals {
  const sum = none();
  for (const { units, minor } of all) add(sum, units, minor);
  return sum;
}
