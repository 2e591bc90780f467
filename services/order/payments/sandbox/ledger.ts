import type { PaymentRequest, RefundReport, RefundRequest } from '../wire.ts';
import { methodOf, type Method } from './methods.ts';

interface Held {
  readonly amountMinor: number;
  readonly currency: string;
  readonly method: Method;
}

/** What the sandbox remembers, in memory: each payment and refund once, by its id. */
export interface Ledger {
  /** Keeps a payment, unless it is there. */
  take(request: PaymentRequest): { readonly method: Method; readonly isNew: boolean };
  find(paymentId: string): Method | undefined;
  refund(request: RefundRequest): RefundReport['state'];
  /** What has been captured and not refunded, in minor units. */
  balanceOf(paymentId: string): number;
}

export function createLedger(): Ledger {
  const payments = new Map<string, Held>();
  const refunds = new Map<string, { readonly paymentId: string; readonly amountMinor: number; readonly state: RefundReport['state'] }>();
  const balanceOf = (paymentId: string): number => {
    const held = payments.get(paymentId);
    if (held === undefined || held.method.outcome !== 'captured') return 0;
    const back = [...refunds.values()].filter((one) => one.paymentId === paymentId && one.state === 'done');
    return held.amountMinor - back.reduce((sum, one) => sum + one.amountMinor, 0);
  };
  const refuses = ({ refusesRefunds }: Method, paymentId: string): boolean =>
    refusesRefunds === 'all' || (refusesRefunds === 'first' && ![...refunds.values()].some((one) => one.paymentId === paymentId));
  return {
    take({ id, amount, method }) {
      const known = payments.get(id);
      if (known !== undefined) return { method: known.method, isNew: false };
      const held = { amountMinor: amount.amountMinor, currency: amount.currency, method: methodOf(method) };
      payments.set(id, held);
      return { method: held.method, isNew: true };
    },
    find: (paymentId) => payments.get(paymentId)?.method,
    refund({ id, paymentId, amount }) {
      const known = refunds.get(id);
      if (known !== undefined) return known.state;
      const held = payments.get(paymentId);
      const isGood =
        held !== undefined &&
        !refuses(held.method, paymentId) &&
        held.currency === amount.currency &&
        amount.amountMinor <= balanceOf(paymentId);
      const state = isGood ? 'done' : 'failed';
      refunds.set(id, { paymentId, amountMinor: amount.amountMinor, state });
      return state;
    },
    balanceOf,
  };
}
