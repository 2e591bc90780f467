import type { PaymentReport } from '../wire.ts';

/** How the sandbox treats a method's token. */
export interface Method {
  /** What becomes of the payment in the end. */
  readonly outcome: 'captured' | 'failed';
  /**
   * How that is told. `at_once`: in the answer. `never`: the answer does not come, and who asks later is told. `broken`: the
   * connection breaks instead. `lost`: it breaks before the request is taken.
   * `callback`: the answer says `pending`, and two callbacks follow. `silent`: the same without callbacks.
   */
  readonly told: 'at_once' | 'never' | 'broken' | 'lost' | 'callback' | 'silent';
  /** Which refunds of such a payment are refused. */
  readonly refusesRefunds?: 'all' | 'first';
}

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['card-ok', { outcome: 'captured', told: 'at_once' }],
  ['card-declined', { outcome: 'failed', told: 'at_once' }],
  ['card-slow-ok', { outcome: 'captured', told: 'never' }],
  ['card-slow-declined', { outcome: 'failed', told: 'never' }],
  ['card-broken-ok', { outcome: 'captured', told: 'broken' }],
  ['card-lost', { outcome: 'failed', told: 'lost' }],
  ['card-closed', { outcome: 'captured', told: 'at_once', refusesRefunds: 'all' }],
  ['card-reopened', { outcome: 'captured', told: 'at_once', refusesRefunds: 'first' }],
  ['wallet-ok', { outcome: 'captured', told: 'callback' }],
  ['wallet-declined', { outcome: 'failed', told: 'callback' }],
  ['wallet-silent', { outcome: 'captured', told: 'silent' }],
]);

/** A token that is not known is declined. */
export const methodOf = (token: string): Method => methods.get(token) ?? { outcome: 'failed', told: 'at_once' };

/** What the answer to the request says. */
export const firstReport = ({ outcome, told }: Method): PaymentReport['state'] =>
  told === 'callback' || told === 'silent' ? 'pending' : outcome;
