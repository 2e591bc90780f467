/** Why a row, or some units of it, did not become part of the shop's life, in the order in which it is asked. */
export const leftOutReasons = {
  not_a_product: 'the stock code is no product (postage, discount, fee, voucher ...)',
  unreadable_invoice: 'the invoice number is no number, with a C before it or without',
  unreadable_quantity: 'the quantity is no whole number',
  nothing_sold: 'an invoice with a quantity of zero or below: an adjustment, and no sale',
  nothing_returned: 'a cancellation with a quantity of zero or above',
  unreadable_price: 'the price is no amount in pounds and whole pence',
  negative_price: 'the price is negative',
  no_price: 'the price is zero',
  unreadable_date: 'the invoice date is no ISO date and time',
  unreadable_customer: 'the customer is no number',
  no_country: 'the country is none that is sold to',
  nobody: 'a cancellation without a customer: nobody knows of which sale',
  not_bought: 'units that come back and were not bought in this file before, by this customer at this price',
} as const;

export type LeftOutReason = keyof typeof leftOutReasons;

/** What was left out of one row: all of it, or of a cancellation the units that nothing matches. */
export interface LeftOut {
  readonly line: number;
  readonly invoice: string;
  readonly reason: LeftOutReason;
  /** As the file counts them: below zero where they come back. Null where the row cannot be read. */
  readonly units: number | null;
  readonly amountMinor: number | null;
}
