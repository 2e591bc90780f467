/**
 * What a file of invoices adds up to, reckoned by itself: this shares the reading of CSV, the countries' codes and the regions map with the replay, and nothing else. It
 * says in its own words what is a sale, what comes back and what is neither, so that a mistake of the replay cannot hide in it.
 */

export type AuditRow = Readonly<
  Record<'InvoiceNo' | 'StockCode' | 'Quantity' | 'InvoiceDate' | 'UnitPrice' | 'CustomerID' | 'Country', string>
>;

export interface Totals {
  units: number;
  minor: number;
}

/** What one invoice comes to in one country; below zero where goods came back. */
export interface InvoiceTotals extends Totals {
  readonly invoice: string;
  /** As `2010-12`. */
  readonly month: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Whose shop it has to be. */
  readonly region: string;
}

export interface LeftOutTotals extends Totals {
  rows: number;
}

export interface FileTotals {
  rows: number;
  /** By invoice, month and country. */
  readonly invoices: Map<string, InvoiceTotals>;
  readonly leftOut: Map<string, LeftOutTotals>;
}

type Rows = AsyncIterable<{ readonly raw: AuditRow }>;
export interface AuditOptions {
  /** The file from its start, each time it is called. */
  readonly open: () => Promise<Rows>;
  /** The code of what the file calls a country; undefined where it is none that is sold to. */
  readonly countryCodeOf: (name: string) => string | undefined;
  /** Whose shop sells to what the file calls so. */
  readonly regionOf: (name: string) => string;
}

/** The key under which both sides are compared. */
export const invoiceKeyOf = (of: Pick<InvoiceTotals, 'invoice' | 'month' | 'country' | 'region'>): string =>
  [of.invoice, of.month, of.country, of.region].join(' ');

/** Reads the file twice: what ever comes back, and then everything. Memory is of the invoices and of what comes back. Throws what reading throws. */
export async function readFileTotals(options: AuditOptions): Promise<FileTotals> {
  const { open } = options;
  const comesBack = new Set<string>();
  for await (const { raw } of await open()) if (raw.InvoiceNo.trim().startsWith('C')) comesBack.add(poolOf(raw));

  const totals: FileTotals = { rows: 0, invoices: new Map(), leftOut: new Map() };
  /** Units that were sold and have not come back yet. */
  const pools = new Map<string, number>();
  for await (const { raw } of await open()) {
    totals.rows += 1;
    const quantity = Number(raw.Quantity);
    const minor = Math.round(Number(raw.UnitPrice) * 100);
    const reason = reasonAgainst(raw, quantity, options);
    if (reason !== undefined) {
      leaveOut(totals, reason, quantity, Number(raw.UnitPrice) * 100);
      continue;
    }
    const pool = poolOf(raw);
    let counted = quantity;
    if (quantity > 0) {
      if (comesBack.has(pool)) pools.set(pool, (pools.get(pool) ?? 0) + quantity);
    } else {
      const left = pools.get(pool) ?? 0;
      counted = -Math.min(left, -quantity) + 0;
      pools.set(pool, left + counted);
      if (counted !== quantity) leaveOut(totals, 'not_bought', quantity - counted, minor);
    }
    if (counted !== 0) addInvoice(totals, raw, counted, minor, options);
  }
  return totals;
}

/** One and the same goods: this customer's, at this price. */
const poolOf = (raw: AuditRow): string =>
  [raw.CustomerID.trim(), raw.Country.trim(), raw.StockCode.trim().toUpperCase(), Math.round(Number(raw.UnitPrice) * 100)].join('\t');

function reasonAgainst(raw: AuditRow, quantity: number, { countryCodeOf }: AuditOptions): string | undefined {
  const code = raw.StockCode.trim();
  const invoice = raw.InvoiceNo.trim();
  const letters = code.slice(5);
  const isProduct =
    isDigits(code.slice(0, 5)) && code.length >= 5 && letters.length <= 2 && [...letters.toUpperCase()].every(isLatinLetter);
  if (!isProduct) return 'not_a_product';
  const isCancellation = invoice.startsWith('C');
  const number = isCancellation ? invoice.slice(1) : invoice;
  if (!isDigits(number) || number.length > 12) return 'unreadable_invoice';
  if (raw.Quantity.trim() === '' || !Number.isInteger(quantity) || Math.abs(quantity) > 9_999_999) return 'unreadable_quantity';
  if (!isCancellation && quantity <= 0) return 'nothing_sold';
  if (isCancellation && quantity >= 0) return 'nothing_returned';
  const pence = Number(raw.UnitPrice) * 100;
  if (raw.UnitPrice.trim() === '' || Number.isNaN(pence) || Math.abs(pence - Math.round(pence)) > 1e-6) return 'unreadable_price';
  if (pence < 0) return 'negative_price';
  if (pence === 0) return 'no_price';
  if (!isDate(raw.InvoiceDate)) return 'unreadable_date';
  const customer = raw.CustomerID.trim();
  if (customer !== '' && (!isDigits(customer) || customer.length > 12)) return 'unreadable_customer';
  if (countryCodeOf(raw.Country.trim()) === undefined) return 'no_country';
  return isCancellation && customer === '' ? 'nobody' : undefined;
}

const isDigits = (text: string): boolean => text.length > 0 && [...text].every((one) => one >= '0' && one <= '9');
const isLatinLetter = (one: string): boolean => one >= 'A' && one <= 'Z';

/** A date that does not exist is another one when it is written again. */
function isDate(text: string): boolean {
  const bare = text.replace(/Z$/, '').replace(' ', 'T');
  const epochMs = Date.parse(`${bare}Z`);
  return !Number.isNaN(epochMs) && bare.length >= 16 && new Date(epochMs).toISOString().startsWith(bare.slice(0, 16));
}

function addInvoice(totals: FileTotals, raw: AuditRow, units: number, unitMinor: number, options: AuditOptions): void {
  const name = raw.Country.trim();
  const of = {
    invoice: raw.InvoiceNo.trim(),
    month: raw.InvoiceDate.slice(0, 7),
    country: options.countryCodeOf(name) ?? name,
    region: options.regionOf(name),
  };
  const key = invoiceKeyOf(of);
  const known = totals.invoices.get(key) ?? { ...of, units: 0, minor: 0 };
  totals.invoices.set(key, known);
  known.units += units;
  known.minor += units * unitMinor;
}

function leaveOut(totals: FileTotals, reason: string, units: number, unitMinor: number): void {
  const known = totals.leftOut.get(reason) ?? { rows: 0, units: 0, minor: 0 };
  totals.leftOut.set(reason, known);
  known.rows += 1;
  known.units += Number.isNaN(units) ? 0 : units;
  known.minor += Number.isNaN(units) || Number.isNaN(unitMinor) ? 0 : Math.round(units * unitMinor);
}
