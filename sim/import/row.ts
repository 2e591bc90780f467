import type { RejectionReason } from './reasons.ts';

/** The columns that are read; others may stand beside them, in any order. */
export const neededColumns = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice'] as const;
export type RawRow = Readonly<Record<(typeof neededColumns)[number], string>>;

/** What a row says about a price. */
export interface PriceRow {
  readonly sku: string;
  /** Undefined where the description names nothing. */
  readonly name: string | undefined;
  readonly amountMinor: number;
  readonly instantMs: number;
}

export type Reading = { readonly row: PriceRow } | { readonly rejected: RejectionReason };

const MAX_NAME_LENGTH = 200;
/** Five digits and up to two letters, folded to upper case: so are all goods; everything else in such files is a fee, a voucher or a note. */
const PRODUCT_CODE = /^\d{5}[A-Z]{0,2}$/;
const INVOICE = /^\d+$/;
const WHOLE_NUMBER = /^[+-]?\d{1,12}$/;
const PRICE = /^(-?)(\d{1,10})(?:\.(\d{1,2})0*)?$/;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?Z?$/;
/** What clerks write where a name should be: nothing but such words, or question marks. */
const NOTE =
  '(?:check(?:ed)?|counted|damag\\w*|adjust\\w*|found|lost|missing|mixed up|wrong(?: code)?|tests?|samples?|smashed|broken|crushed|wet|thrown away|unsaleable|destroyed|faulty|n/a|none|unknown)';
const NOTES = new RegExp(`^(?:\\?.*|${NOTE}(?:[ ,/?.!]+${NOTE})*[ ?.!]*)$`, 'i');

/** Reads one row of invoices as a price of a product, or says why it is none. Pure; the first reason that applies is the one given. */
export function readRow(raw: RawRow): Reading {
  const sku = raw.StockCode.trim().toUpperCase();
  if (!PRODUCT_CODE.test(sku)) return { rejected: 'not_a_product' };
  if (!INVOICE.test(raw.InvoiceNo.trim())) return { rejected: 'cancellation' };
  if (!WHOLE_NUMBER.test(raw.Quantity)) return { rejected: 'unreadable_quantity' };
  if (Number(raw.Quantity) <= 0) return { rejected: 'returned' };
  const amountMinor = readPence(raw.UnitPrice);
  if (amountMinor === undefined) return { rejected: 'unreadable_price' };
  if (amountMinor < 0) return { rejected: 'negative_price' };
  if (amountMinor === 0) return { rejected: 'no_price' };
  const instantMs = readInstant(raw.InvoiceDate);
  if (instantMs === undefined) return { rejected: 'unreadable_date' };
  return { row: { sku, name: readName(raw.Description), amountMinor, instantMs } };
}

/** Pounds with at most two decimals (trailing zeros aside) as whole pence, without a detour through floating point. */
export function readPence(text: string): number | undefined {
  const match = PRICE.exec(text);
  if (match === null) return undefined;
  const pence = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
  return match[1] === '-' && pence !== 0 ? -pence : pence;
}

/** An ISO date and time without a zone is UTC. Days and hours that do not exist are not read. */
export function readInstant(text: string): number | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second, Number((match[7] ?? '').padEnd(3, '0'))));
  const same =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour && date.getUTCMinutes() === minute;
  return same && date.getUTCSeconds() === second ? date.getTime() : undefined;
}

/** A description as a name: control characters and runs of blanks folded, cut to length; undefined where it is none. */
export function readName(description: string): string | undefined {
  const name = description
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, MAX_NAME_LENGTH)
    .trim();
  const letters = name.match(/\p{L}/gu)?.length ?? 0;
  return letters < 3 || NOTES.test(name) ? undefined : name;
}
