import type { LeftOutTotals } from '../audit/file-totals.ts';
import type { Reconciliation } from '../audit/reconcile.ts';
import type { Outcome, Problem } from '../report.ts';
import { leftOutReasons, type LeftOut, type LeftOutReason } from './left-out.ts';

/** What `.sim/import-report.json` holds after a shop's life. */
export interface LifeReport {
  readonly file: string;
  /** What stands before an invoice's number in the shop's references. */
  readonly namespace: string;
  readonly regionsMap: string;
  readonly speed: string;
  readonly startedAt: string;
  outcome: Outcome;
  problem?: Problem;
  rows: number;
  products: number;
  customers: number;
  /** Orders that this run recorded, and those that were there already; what came back of one order is one return. */
  readonly orders: { ordersRecorded: number; ordersKnown: number; returnsRecorded: number; returnsKnown: number };
  readonly leftOut: Partial<Record<LeftOutReason, LeftOutTotals & { readonly meaning: string }>>;
  /** Each row that was left out, a JSON line each. */
  readonly leftOutFile: string;
  /** The books of the databases against the file; not there where the replay did not come to its end. */
  reconciliation?: Reconciliation;
  requests: number;
  retries: number;
  seconds: number;
  readonly phaseSeconds: Record<string, number>;
  /** Resident memory of the importer, every five seconds. */
  readonly memoryMb: number[];
  peakMemoryMb: number;
}

export function emptyLifeReport(
  about: Pick<LifeReport, 'file' | 'namespace' | 'regionsMap' | 'speed' | 'leftOutFile'>,
  startedAt: Date,
): LifeReport {
  return {
    ...about,
    startedAt: startedAt.toISOString(),
    outcome: 'done',
    rows: 0,
    products: 0,
    customers: 0,
    orders: { ordersRecorded: 0, ordersKnown: 0, returnsRecorded: 0, returnsKnown: 0 },
    leftOut: {},
    requests: 0,
    retries: 0,
    seconds: 0,
    phaseSeconds: {},
    memoryMb: [],
    peakMemoryMb: 0,
  };
}

export function countLeftOut({ leftOut }: LifeReport, { reason, units, amountMinor }: LeftOut): void {
  const known = (leftOut[reason] ??= { meaning: leftOutReasons[reason], rows: 0, units: 0, minor: 0 });
  known.rows += 1;
  known.units += units ?? 0;
  known.minor += amountMinor ?? 0;
}

/** The report as a person reads it. */
export function summarizeLife(report: LifeReport): string {
  const { orders, reconciliation: sums } = report;
  const lines: [string, string, string][] = [
    ['rows read', show(report.rows), ''],
    ['customers', show(report.customers), `${show(report.products)} products`],
    [
      'orders',
      show(orders.ordersRecorded),
      orders.ordersKnown === 0
        ? 'an invoice that has a product at several prices, or too much for one, is several'
        : `and ${show(orders.ordersKnown)} that were there already`,
    ],
    [
      'returns',
      show(orders.returnsRecorded),
      orders.returnsKnown === 0 ? 'each of one order' : `and ${show(orders.returnsKnown)} that were there already`,
    ],
    ['left out', show(sumRows(report)), `rows, listed in ${report.leftOutFile}`],
    ...Object.values(report.leftOut).map(({ rows, meaning, minor }): [string, string, string] => [
      '',
      show(rows),
      `${meaning}: £${pounds(minor)}`,
    ]),
  ];
  const table = lines.map(([label, count, note]) => `  ${label.padEnd(12)}${count.padStart(9)}  ${note}`.trimEnd());
  if (sums !== undefined) table.push('', ...reconciled(sums));
  const retries = report.retries === 0 ? '' : `, ${show(report.retries)} repeated`;
  return [
    ...table,
    '',
    `  ${report.seconds.toFixed(1)} s, ${show(report.requests)} requests${retries}, peak memory ${report.peakMemoryMb} MB`,
  ].join('\n');
}

function reconciled({ agrees, cells, total, invoicesCompared, differenceCount, differences }: Reconciliation): string[] {
  const byMonth = new Map<string, { file: number; database: number; fileUnits: number; units: number; countries: number }>();
  for (const { month, file, database } of cells) {
    const sum = byMonth.get(month) ?? { file: 0, database: 0, fileUnits: 0, units: 0, countries: 0 };
    byMonth.set(month, sum);
    sum.file += file.minor;
    sum.database += database.minor;
    sum.fileUnits += file.units;
    sum.units += database.units;
    sum.countries += 1;
  }
  const row = (month: string, countries: string, file: number, database: number, fileUnits: number, units: number): string =>
    `  ${month.padEnd(9)}${countries.padStart(9)}${pounds(file).padStart(16)}${pounds(database).padStart(16)}${show(fileUnits).padStart(13)}${show(units).padStart(13)}`;
  return [
    `  ${'month'.padEnd(9)}${'countries'.padStart(9)}${'file £'.padStart(16)}${'database £'.padStart(16)}${'file units'.padStart(13)}${'database'.padStart(13)}`,
    ...[...byMonth].map(([month, one]) => row(month, String(one.countries), one.file, one.database, one.fileUnits, one.units)),
    row('all', '', total.file.minor, total.database.minor, total.file.units, total.database.units),
    agrees
      ? `  Reconciled to the penny: ${show(invoicesCompared)} invoices one by one, ${show(cells.length)} months of a country.`
      : `  NOT RECONCILED: ${show(differenceCount)} differences, such as`,
    ...differences.slice(0, 10).map(({ what, file, database }) => `    ${what}: file ${money(file)}, database ${money(database)}`),
  ];
}

const money = (totals: { minor: number; units: number } | null): string =>
  totals === null ? 'nothing' : `£${pounds(totals.minor)} (${show(totals.units)} units)`;

export const sumRows = ({ leftOut }: LifeReport): number => Object.values(leftOut).reduce((sum, { rows }) => sum + rows, 0);

const show = (count: number): string => count.toLocaleString('en-GB');

function pounds(minor: number): string {
  const digits = String(Math.abs(minor)).padStart(3, '0');
  return `${minor < 0 ? '-' : ''}${Number(digits.slice(0, -2)).toLocaleString('en-GB')}.${digits.slice(-2)}`;
}
