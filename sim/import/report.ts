import type { BulkResult } from './catalogue.ts';
import { rejectionReasons, type RejectionReason } from './reasons.ts';
import type { RawRow } from './row.ts';

export type Outcome = 'done' | 'failed' | 'interrupted';

interface Rejection {
  readonly meaning: string;
  rows: number;
  /** The first few, so that one can look at them. */
  readonly examples: { line: number; invoice: string; stockCode: string; description: string; price: string }[];
}

/** What ended an import early: the file, a service that could not be reached or broke down, or one that said no. */
export interface Problem {
  readonly message: string;
  readonly fault: 'file' | 'unavailable' | 'refused' | 'unexpected';
  /** The line of the file, where that is known. */
  readonly line?: number;
}

/** What `.sim/import-report.json` holds. Rows read = products + price changes + repeated prices + rejected. */
export interface Report {
  readonly file: string;
  readonly region: string;
  readonly startedAt: string;
  outcome: Outcome;
  /** Why it did not come to its end. */
  problem?: Problem;
  rowsRead: number;
  /** Distinct products in the file. */
  products: number;
  /** Later prices of these products in the file. */
  priceChanges: number;
  /** Rows with the price that the product had already. */
  repeatedPrices: number;
  rejected: number;
  readonly rejectedByReason: Partial<Record<RejectionReason, Rejection>>;
  /** Stock codes that are no product, by the number of their rows. */
  readonly notProducts: Record<string, number>;
  /** What the service answered. After an interruption this is less than what the file holds. */
  readonly written: { created: number; updated: number; unchanged: number; refused: number };
  readonly refusedByCode: Record<string, { items: number; detail?: string; exampleSku: string }>;
  requests: number;
  retries: number;
  seconds: number;
  itemsPerSecond: number;
  peakMemoryMb: number;
}

const MAX_EXAMPLES = 5;
const MAX_CODES = 500;
const MAX_CODE_LENGTH = 40;

export function emptyReport(file: string, region: string, startedAt: Date): Report {
  return {
    file,
    region,
    startedAt: startedAt.toISOString(),
    outcome: 'done',
    rowsRead: 0,
    products: 0,
    priceChanges: 0,
    repeatedPrices: 0,
    rejected: 0,
    rejectedByReason: {},
    notProducts: {},
    written: { created: 0, updated: 0, unchanged: 0, refused: 0 },
    refusedByCode: {},
    requests: 0,
    retries: 0,
    seconds: 0,
    itemsPerSecond: 0,
    peakMemoryMb: 0,
  };
}

export function countRejection(report: Report, reason: RejectionReason, line: number, raw: RawRow): void {
  report.rejected += 1;
  const rejection = (report.rejectedByReason[reason] ??= { meaning: rejectionReasons[reason], rows: 0, examples: [] });
  rejection.rows += 1;
  if (rejection.examples.length < MAX_EXAMPLES) {
    const { InvoiceNo: invoice, StockCode: stockCode, Description: description, UnitPrice: price } = raw;
    rejection.examples.push({ line, invoice, stockCode, description, price });
  }
  if (reason !== 'not_a_product') return;
  const code = raw.StockCode.trim().slice(0, MAX_CODE_LENGTH);
  const known = Object.hasOwn(report.notProducts, code);
  if (known || Object.keys(report.notProducts).length < MAX_CODES)
    report.notProducts[code] = (known ? (report.notProducts[code] ?? 0) : 0) + 1;
}

export function countResult(report: Report, sku: string, result: BulkResult): void {
  if (result.status !== 'rejected') {
    report.written[result.status] += 1;
    return;
  }
  report.written.refused += 1;
  const code = result.code ?? 'unknown';
  const refused = (report.refusedByCode[code] ??= {
    items: 0,
    exampleSku: sku,
    ...(result.detail === undefined ? {} : { detail: result.detail }),
  });
  refused.items += 1;
}

/** The items that were answered, whatever the answer. */
export function answeredItems({ written }: Report): number {
  return written.created + written.updated + written.unchanged + written.refused;
}

/** The report as a person reads it. */
export function summarize(report: Report): string {
  const { written } = report;
  const lines: [string, number, string][] = [
    ['rows read', report.rowsRead, ''],
    ['products', report.products, `${show(written.created)} created`],
    ['price changes', report.priceChanges, `${show(written.updated)} written`],
    ['unchanged', written.unchanged, written.unchanged > 0 ? 'the catalogue has these prices or later ones already' : ''],
    ['repeated', report.repeatedPrices, 'rows with the price that the product had anyway'],
    ['rejected', report.rejected, ''],
    ...Object.values(report.rejectedByReason).map(({ rows, meaning }): [string, number, string] => ['', rows, meaning]),
  ];
  if (written.refused > 0) {
    lines.push(['refused', written.refused, 'by the service:']);
    for (const [code, { items, detail }] of Object.entries(report.refusedByCode))
      lines.push(['', items, [code, detail].filter(Boolean).join(': ')]);
  }
  const table = lines.map(([label, count, note]) => `  ${label.padEnd(14)}${show(count).padStart(9)}  ${note}`.trimEnd());
  const retries = report.retries === 0 ? '' : `, ${show(report.retries)} requests repeated`;
  return [
    ...table,
    `  ${report.seconds.toFixed(1)} s, ${show(report.itemsPerSecond)} prices/s, peak memory ${report.peakMemoryMb} MB${retries}`,
  ].join('\n');
}

function show(count: number): string {
  return count.toLocaleString('en-GB');
}
