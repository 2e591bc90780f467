import type { LeftOut, LeftOutReason } from './left-out.ts';
import { partsOf, type PartLine } from './parts.ts';
import type { RegionName, RegionsMap } from './regions-map.ts';
import { openReturnsBook, type Matched } from './returns.ts';
import { readTrade, type LifeRow, type Trade } from './rows.ts';
import type { Survey } from './survey.ts';

interface StepOf {
  readonly region: RegionName;
  readonly reference: string;
  readonly soldMs: number;
  readonly customer: string | undefined;
}

/** An order to record. */
export interface SaleStep extends StepOf {
  readonly kind: 'sale';
  readonly country: string;
  readonly lines: readonly PartLine[];
}

/** What comes back of one order. */
export interface ReturnStep extends StepOf {
  readonly kind: 'return';
  readonly saleReference: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

export type Step = SaleStep | ReturnStep;

export interface PlanOptions {
  /** What stands before the invoice's number in a reference. */
  readonly namespace: string;
  readonly map: RegionsMap;
  readonly survey: Pick<Survey, 'wanted'>;
  readonly onLeftOut: (leftOut: LeftOut) => void;
}

/** The part of `reference` that the file knows: its invoice. */
export const invoiceOf = (reference: string): string => reference.replace(/^.*\//, '').replace(/\.\d+$/, '');

/**
 * Makes steps of rows, in the file's order: the rows of an invoice that follow each other are its orders, and those of a cancellation what comes back of each order.
 * An invoice that goes on later in the file becomes further orders. The same file makes the same steps with the same references, always. Throws what reading throws.
 */
export async function* planSteps(
  rows: AsyncIterable<{ readonly line: number; readonly raw: LifeRow }>,
  { namespace, map, survey, onLeftOut }: PlanOptions,
): AsyncGenerator<Step> {
  const book = openReturnsBook(survey.wanted);
  /** How many orders an invoice has become. */
  const made = new Map<string, number>();
  const nextReference = (invoice: string): string => {
    const part = (made.get(invoice) ?? 0) + 1;
    made.set(invoice, part);
    return `${namespace}/${invoice}${part === 1 ? '' : `.${part}`}`;
  };
  const leaveOut = (line: number, raw: LifeRow, reason: LeftOutReason, trade?: Trade, units = trade?.quantity): void => {
    const quantity = trade === undefined || units === undefined ? asNumber(raw.Quantity) : trade.kind === 'return' ? -units : units;
    const unitMinor = trade?.unitMinor ?? asPence(raw.UnitPrice);
    const amountMinor = quantity === null || unitMinor === null ? null : Math.round(quantity * unitMinor);
    onLeftOut({ line, invoice: raw.InvoiceNo, reason, units: quantity, amountMinor });
  };

  function* stepsOf(group: readonly Numbered[]): Generator<Step> {
    const [first] = group;
    if (first === undefined) return;
    const { invoice, customer, country, soldMs, kind } = first.trade;
    const region = map.regionOf(country);
    if (kind === 'sale') {
      for (const lines of partsOf(group.map(({ trade }) => trade))) {
        const reference = nextReference(invoice);
        for (const line of lines) book.sold({ ...first.trade, ...line }, reference);
        yield { kind, region, reference, soldMs, customer, country, lines };
      }
      return;
    }
    const bySale = new Map<string, Map<string, number>>();
    for (const { line, raw, trade } of group) {
      const { matched, unmatched } = book.takeBack(trade);
      if (unmatched > 0) leaveOut(line, raw, 'not_bought', trade, unmatched);
      for (const one of matched) addUp(bySale, trade.sku, one);
    }
    const reference = bySale.size === 0 ? '' : nextReference(invoice);
    for (const [saleReference, units] of bySale) {
      const lines = [...units].map(([sku, quantity]) => ({ sku, quantity }));
      yield { kind, region, reference, soldMs, customer, saleReference, lines };
    }
  }

  let group: Numbered[] = [];
  for await (const { line, raw } of rows) {
    const reading = readTrade(raw);
    if ('leftOut' in reading) {
      leaveOut(line, raw, reading.leftOut);
      continue;
    }
    const { trade } = reading;
    if (group[0] !== undefined && !isSameGroup(group[0].trade, trade)) {
      yield* stepsOf(group);
      group = [];
    }
    group.push({ line, raw, trade });
  }
  yield* stepsOf(group);
}

interface Numbered {
  readonly line: number;
  readonly raw: LifeRow;
  readonly trade: Trade;
}

/** An invoice is one customer's, in one country, in one month. */
function isSameGroup(a: Trade, b: Trade): boolean {
  return (
    a.invoice === b.invoice &&
    a.customer === b.customer &&
    a.country === b.country &&
    new Date(a.soldMs).toISOString().slice(0, 7) === new Date(b.soldMs).toISOString().slice(0, 7)
  );
}

function addUp(bySale: Map<string, Map<string, number>>, sku: string, { reference, quantity }: Matched): void {
  const units = bySale.get(reference) ?? new Map<string, number>();
  bySale.set(reference, units);
  units.set(sku, (units.get(sku) ?? 0) + quantity);
}

const asNumber = (text: string): number | null => (text.trim() === '' || Number.isNaN(Number(text)) ? null : Number(text));
const asPence = (text: string): number | null => {
  const pounds = asNumber(text);
  return pounds === null ? null : pounds * 100;
};
