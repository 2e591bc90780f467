import type { Cart, CartLine, LineWanted, Totals } from '#contracts/cart.ts';
import type { Region } from '#contracts/regions.ts';
import type { Money } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';

import { MOST_MINOR, sumOf } from '../rules/money.ts';
import { priceOf, type Pricing } from '../rules/pricing.ts';
import type { CartRow } from './carts.repository.ts';
import type { Quote } from './quote.repository.ts';

/** The sums of a pricing as they are answered. Pure. */
export function totalsOf({ totals, shipping }: Pick<Pricing, 'totals' | 'shipping'>, currency: string): Totals {
  const money = (amountMinor: number): Money => ({ amountMinor, currency });
  return {
    net: money(totals.netMinor),
    shipping: money(shipping.totalMinor),
    tax: money(totals.taxMinor),
    total: money(totals.totalMinor),
  };
}

/**
 * A cart as its owner sees it: priced by `quotes`, with totals for `country` where one is given and everything can be bought. Pure. Throws AppError
 * `amount_too_large` or `not_deliverable`.
 */
export function cartOf(
  row: CartRow,
  wanted: readonly LineWanted[],
  quotes: ReadonlyMap<string, Quote>,
  to: { readonly region: Region; readonly country: string | undefined },
): Cart {
  const { currency } = row;
  const priced = wanted.map(({ productId, quantity }) => {
    const quote = quotes.get(productId);
    return { productId, quantity, quote, minor: quote === undefined ? 0 : quote.unitMinor * quantity };
  });
  const goodsMinor = sumOf(priced.map(({ minor }) => minor));
  if (goodsMinor > MOST_MINOR) throw new AppError('amount_too_large');
  const bought = priced.flatMap(({ quote, quantity }) => (quote === undefined ? [] : [{ unitMinor: quote.unitMinor, quantity }]));
  const lines = priced.map(({ productId, quantity, quote, minor }): CartLine =>
    quote === undefined
      ? { productId, quantity, sku: null, name: null, unit: null, total: null }
      : {
          productId,
          quantity,
          sku: quote.sku,
          name: quote.name,
          unit: { amountMinor: quote.unitMinor, currency },
          total: { amountMinor: minor, currency },
        },
  );
  const isWhole = bought.length === wanted.length && wanted.length > 0;
  return {
    id: row.id,
    state: row.state,
    currency,
    lines,
    goods: { amountMinor: goodsMinor, currency },
    totals: isWhole && to.country !== undefined ? totalsFor(bought, { ...to, country: to.country, currency }) : null,
    orderId: row.order_id,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}

function totalsFor(bought: Parameters<typeof priceOf>[0], to: Parameters<typeof priceOf>[1]): Totals {
  const pricing = priceOf(bought, to);
  if (typeof pricing === 'string') throw new AppError(pricing);
  return totalsOf(pricing, to.currency);
}
