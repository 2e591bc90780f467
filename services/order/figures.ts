import type { Money } from '#contracts/values.ts';
import type { Metrics } from '#platform/metrics/metrics.ts';

/** What the shop's owners count of orders. Told of what is committed, by whoever committed it, so each thing counts once over all processes. */
export interface OrderFigures {
  placed(): void;
  /** Paid, with its goods allocated; `revenue` is what was captured for it. */
  confirmed(revenue: Money): void;
  cancelled(): void;
  expired(count: number): void;
  /** A checkout for which there was not enough of something that is sold. */
  stockOut(): void;
}

/** Counters at `metrics`. Labels are events and currencies, of which there are few. */
export function createOrderFigures(metrics: Metrics): OrderFigures {
  const orders = metrics.counterBy('orders_total', 'Orders to which this has happened', ['event']);
  const revenue = metrics.counterBy(
    'revenue_minor_total',
    'Captured for confirmed orders, in minor units; what goes back is not taken off',
    ['currency'],
  );
  const stockOuts = metrics.counter('stock_outs_total', 'Checkouts for which there was not enough of something that is sold');
  // They are there from the start: a rate of what appears with its first event would miss that.
  for (const event of ['placed', 'confirmed', 'cancelled', 'expired']) orders.add({ event }, 0);
  return {
    placed: () => orders.add({ event: 'placed' }),
    confirmed({ amountMinor, currency }) {
      orders.add({ event: 'confirmed' });
      revenue.add({ currency }, amountMinor);
    },
    cancelled: () => orders.add({ event: 'cancelled' }),
    expired: (count) => orders.add({ event: 'expired' }, count),
    stockOut: () => stockOuts.add(),
  };
}
