import { readInstant, readPence } from '../row.ts';
import { countryCodeOf } from './countries.ts';
import type { LeftOutReason } from './left-out.ts';

export const lifeColumns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;
export type LifeRow = Readonly<Record<(typeof lifeColumns)[number], string>>;

/** A row that is a sale of units, or units that come back. */
export interface Trade {
  readonly kind: 'sale' | 'return';
  readonly invoice: string;
  readonly sku: string;
  /** Above zero, whichever way they go. */
  readonly quantity: number;
  readonly unitMinor: number;
  readonly soldMs: number;
  /** Undefined: a guest. */
  readonly customer: string | undefined;
  /** As the file calls it. */
  readonly country: string;
}

export type LifeReading = { readonly trade: Trade } | { readonly leftOut: LeftOutReason };

/** Five digits and up to two letters: goods; everything else is a fee, a voucher or a note. */
const PRODUCT_CODE = /^\d{5}[A-Z]{0,2}$/;
const INVOICE = /^(C?)(\d{1,12})$/;
const WHOLE_NUMBER = /^[+-]?\d{1,7}$/;
const CUSTOMER = /^\d{0,12}$/;

/** Reads a row as a trade, or says why it is none. Pure; the first reason that applies is the one given. */
export function readTrade(row: LifeRow): LifeReading {
  const sku = row.StockCode.trim().toUpperCase();
  if (!PRODUCT_CODE.test(sku)) return { leftOut: 'not_a_product' };
  const invoice = INVOICE.exec(row.InvoiceNo.trim());
  if (invoice === null) return { leftOut: 'unreadable_invoice' };
  const isReturn = invoice[1] === 'C';
  if (!WHOLE_NUMBER.test(row.Quantity)) return { leftOut: 'unreadable_quantity' };
  const quantity = Number(row.Quantity);
  if (!isReturn && quantity <= 0) return { leftOut: 'nothing_sold' };
  if (isReturn && quantity >= 0) return { leftOut: 'nothing_returned' };
  const unitMinor = readPence(row.UnitPrice);
  if (unitMinor === undefined) return { leftOut: 'unreadable_price' };
  if (unitMinor < 0) return { leftOut: 'negative_price' };
  if (unitMinor === 0) return { leftOut: 'no_price' };
  const soldMs = readInstant(row.InvoiceDate);
  if (soldMs === undefined) return { leftOut: 'unreadable_date' };
  const customer = row.CustomerID.trim();
  if (!CUSTOMER.test(customer)) return { leftOut: 'unreadable_customer' };
  const country = row.Country.trim();
  if (countryCodeOf(country) === undefined) return { leftOut: 'no_country' };
  if (isReturn && customer === '') return { leftOut: 'nobody' };
  return {
    trade: {
      kind: isReturn ? 'return' : 'sale',
      invoice: invoice[0],
      sku,
      quantity: Math.abs(quantity),
      unitMinor,
      soldMs,
      customer: customer === '' ? undefined : customer,
      country,
    },
  };
}
