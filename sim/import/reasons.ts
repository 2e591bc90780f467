/** Why a row is no price of a product, in the order in which it is asked. */
export const rejectionReasons = {
  not_a_product: 'the stock code is no product (postage, discount, fee, voucher ...)',
  cancellation: 'the invoice is a cancellation or an adjustment',
  unreadable_quantity: 'the quantity is no whole number',
  returned: 'the quantity is zero or negative: nothing was sold',
  unreadable_price: 'the price is no amount in pounds and whole pence',
  negative_price: 'the price is negative',
  no_price: 'the price is zero',
  unreadable_date: 'the invoice date is no ISO date and time',
  no_description: 'a new stock code without a description to name it by',
  out_of_order: 'the row is older than a row of the same product before it',
} as const;

export type RejectionReason = keyof typeof rejectionReasons;
