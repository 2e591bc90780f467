import { Type, type Static } from 'typebox';

import { PaymentRequest, RefundReport, RefundRequest } from '../wire.ts';
import type { Journal } from './journal.ts';
import { methodOf, type Method } from './methods.ts';

/** What the ledger takes in, as it is kept: a payment, or a refund with what became of it. */
export const LedgerEntry = Type.Union([
  Type.Object({ payment: PaymentRequest }),
  Type.Object({ refund: RefundRequest, state: RefundReport.properties.state }),
]);
export type LedgerEntry = Static<typeof LedgerEntry>;

interface Held {
  readonly amountMinor: number;
  readonly currency: string;
  readonly method: Method;
}

/** What the sandbox remembers: each payment and refund once, by its id. */
export interface Ledger {
  /** Keeps a payment, unless it is there. */
  take(request: PaymentRequest): { readonly method: Method; readonly isNew: boolean };
  find(paymentId: string): Method | undefined;
  refund(request: RefundRequest): RefundReport['state'];
  /** What has been captured and not refunded, in minor units. */
  balanceOf(paymentId: string): number;
}

/** A ledger in memory; with a journal it has what that holds, and nothing is answered that is not written down. */
export function createLedger(journal?: Journal<LedgerEntry>): Ledger {
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

  function keep(entry: LedgerEntry): void {
    if ('payment' in entry) {
      const { id, amount, method } = entry.payment;
      payments.set(id, { amountMinor: amount.amountMinor, currency: amount.currency, method: methodOf(method) });
    } else {
      const { id, paymentId, amount } = entry.refund;
      refunds.set(id, { paymentId, amountMinor: amount.amountMinor, state: entry.state });
    }
  }
  function write(entry: LedgerEntry): void {
    journal?.append(entry);
    keep(entry);
  }
  /** Takes in what was written down meanwhile, by the process whose place this one takes; its own entries change nothing. */
  function learn(): void {
    for (const entry of journal?.news() ?? []) keep(entry);
  }
  learn();

  return {
    take(payment) {
      learn();
      const known = payments.get(payment.id);
      if (known !== undefined) return { method: known.method, isNew: false };
      write({ payment });
      return { method: methodOf(payment.method), isNew: true };
    },
    find(paymentId) {
      learn();
      return payments.get(paymentId)?.method;
    },
    refund(refund) {
      learn();
      const known = refunds.get(refund.id);
      if (known !== undefined) return known.state;
      const { paymentId, amount } = refund;
      const held = payments.get(paymentId);
      const isGood =
        held !== undefined &&
        !refuses(held.method, paymentId) &&
        held.currency === amount.currency &&
        amount.amountMinor <= balanceOf(paymentId);
      const state = isGood ? 'done' : 'failed';
      write({ refund, state });
      return state;
    },
    balanceOf,
  };
}
