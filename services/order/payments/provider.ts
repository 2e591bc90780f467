import type { Money } from '#contracts/values.ts';

/** What became of an attempt to pay, as far as it is known. */
export type PaymentOutcome = 'captured' | 'failed' | 'unknown';
/** `failed` is final: this money does not go back this way. */
export type RefundOutcome = 'done' | 'failed' | 'unknown';

/**
 * Who takes money from buyers and gives it back. Every call names an id of ours, and the same id is the same payment or refund however often it is sent. No call
 * rejects: what cannot be told is `unknown`, and asked for later.
 */
export interface PaymentProvider {
  /** Takes `money` by `method`, a token that the buyer got from the provider. */
  start(paymentId: string, money: Money, method: string): Promise<PaymentOutcome>;
  /** `absent`: the provider has never heard of it. */
  lookUp(paymentId: string): Promise<PaymentOutcome | 'absent'>;
  refund(refundId: string, paymentId: string, money: Money): Promise<RefundOutcome>;
}
