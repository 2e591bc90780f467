import type { LineWanted } from '#contracts/cart.ts';
import type { Shortage } from '#contracts/errors.ts';
import { AppError } from '#platform/errors.ts';

import type { Quote } from '../carts/quote.repository.ts';

/** There is less in stock than was wanted, of what is sold. What is not sold any more is out of stock to a customer, and no lack to whoever fills the shelves. */
export class StockOut extends AppError {
  constructor(short: readonly Shortage[]) {
    super('out_of_stock', { short });
  }
}

/** Throws AppError `out_of_stock` for what the catalogue does not sell any more. */
export function withQuotes(wanted: readonly LineWanted[], quotes: ReadonlyMap<string, Quote>): (Quote & { readonly quantity: number })[] {
  const gone = wanted.filter(({ productId }) => !quotes.has(productId));
  if (gone.length > 0) throw new AppError('out_of_stock', { short: gone.map(({ productId }) => ({ productId, available: 0 })) });
  return wanted.flatMap(({ productId, quantity }) => {
    const quote = quotes.get(productId);
    return quote === undefined ? [] : [{ ...quote, quantity }];
  });
}
