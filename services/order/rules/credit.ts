import { sumOf } from './money.ts';
import { addUp, refundOf, type Taxed } from './pricing.ts';

/** A line of an invoice, and how much of it was taken back before. */
export interface InvoicedLine extends Taxed {
  readonly line: number;
  readonly quantity: number;
  readonly returned: number;
}

export interface Units {
  readonly line: number;
  readonly quantity: number;
}

export interface CreditedLine extends Taxed, Units {}

/** What a credit note takes back of an invoice. */
export interface Credit {
  readonly lines: readonly CreditedLine[];
  readonly shipping: Taxed;
  /** Of lines and shipping together. */
  readonly totals: Taxed;
}

const nothing: Taxed = { netMinor: 0, taxMinor: 0, totalMinor: 0 };

/**
 * What is credited for `units` of an invoice, with the tax that was charged on them: shares of a line's tax are rounded as they add up, as those of its total are, so
 * that all credits together are the invoice, line by line and to the penny. Delivery goes with the last unit. A line stands in `units` once. Pure; throws RangeError
 * for more units than there are left.
 */
export function creditOf(invoiced: readonly InvoicedLine[], shipping: Taxed, units: readonly Units[]): Credit {
  const lines = units.map(({ line, quantity }): CreditedLine => {
    const of = invoiced.find((one) => one.line === line);
    if (of === undefined) throw new RangeError('what is credited was not invoiced');
    return { line, quantity, ...shareOfLine(of, quantity) };
  });
  const left = sumOf(invoiced.map(({ quantity, returned }) => quantity - returned)) - sumOf(units.map(({ quantity }) => quantity));
  const delivery = left === 0 ? shipping : nothing;
  return { lines, shipping: delivery, totals: addUp([...lines, delivery]) };
}

function shareOfLine({ totalMinor, taxMinor, quantity, returned }: InvoicedLine, units: number): Taxed {
  const total = refundOf({ totalMinor, quantity }, returned, units);
  const tax = refundOf({ totalMinor: taxMinor, quantity }, returned, units);
  return { netMinor: total - tax, taxMinor: tax, totalMinor: total };
}
