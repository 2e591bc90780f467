/** What is about to be done when the process dies: by a buyer, by the provider that calls back, by the sweep, or by staff who pay back what was refused. */
export type Deed = 'checkout' | 'payment' | 'cancellation' | 'shortClosure' | 'return' | 'callback' | 'question' | 'expiry' | 'retry';

/** A step of the order service, as it shows on a wire: patterns that one connection shows one after the other, the last of them the step's own. */
export interface Step {
  readonly deed: Deed;
  readonly name: string;
  readonly wire: 'database' | 'payments';
  readonly request: readonly RegExp[];
}

const commit = /commit/i;

/** Every border between what is done and what is not: statements that lock, commits, and calls of the provider. */
export const steps: readonly Step[] = [
  { deed: 'checkout', name: 'the order is written', wire: 'database', request: [/INSERT INTO orders\.order \(/] },
  { deed: 'checkout', name: 'its goods are reserved', wire: 'database', request: [/inventory\.reserve/] },
  { deed: 'checkout', name: 'it is committed', wire: 'database', request: [/inventory\.reserve/, commit] },
  { deed: 'payment', name: 'the attempt is committed', wire: 'database', request: [/INSERT INTO orders\.payment/, commit] },
  { deed: 'payment', name: 'the provider is called', wire: 'payments', request: [/POST \/v1\/payments/] },
  { deed: 'payment', name: 'the goods are allocated', wire: 'database', request: [/inventory\.allocate/] },
  { deed: 'payment', name: 'the invoice is numbered', wire: 'database', request: [/invoice_counter/] },
  { deed: 'payment', name: 'the outcome is committed', wire: 'database', request: [/invoice_counter/, commit] },
  {
    deed: 'cancellation',
    name: 'it is committed, and the refund with it',
    wire: 'database',
    request: [/INSERT INTO orders\.refund/, commit],
  },
  { deed: 'cancellation', name: 'the credit note is numbered', wire: 'database', request: [/credit_note_counter/] },
  { deed: 'cancellation', name: 'the provider is told to pay back', wire: 'payments', request: [/POST \/v1\/refunds/] },
  { deed: 'cancellation', name: 'the refund is committed', wire: 'database', request: [/UPDATE orders\.refund SET state/, commit] },
  { deed: 'shortClosure', name: 'its goods leave stock', wire: 'database', request: [/inventory\.write_off/] },
  { deed: 'shortClosure', name: 'it is committed, and the refund with it', wire: 'database', request: [/credit_note_counter/, commit] },
  { deed: 'shortClosure', name: 'the provider is told to pay back', wire: 'payments', request: [/POST \/v1\/refunds/] },
  { deed: 'shortClosure', name: 'the refund is committed', wire: 'database', request: [/UPDATE orders\.refund SET state/, commit] },
  { deed: 'return', name: 'its goods are taken back', wire: 'database', request: [/inventory\.take_back/] },
  { deed: 'return', name: 'the credit note is numbered', wire: 'database', request: [/credit_note_counter/] },
  { deed: 'return', name: 'it is committed', wire: 'database', request: [/credit_note_counter/, commit] },
  { deed: 'callback', name: 'the goods are allocated', wire: 'database', request: [/inventory\.allocate/] },
  { deed: 'callback', name: 'the outcome is committed', wire: 'database', request: [/invoice_counter/, commit] },
  { deed: 'question', name: 'the attempt is claimed', wire: 'database', request: [/UPDATE orders\.payment SET asked_at/] },
  { deed: 'question', name: 'the provider is asked', wire: 'payments', request: [/GET \/v1\/payments/] },
  { deed: 'question', name: 'the outcome is committed', wire: 'database', request: [/invoice_counter/, commit] },
  { deed: 'expiry', name: 'the goods are given back', wire: 'database', request: [/inventory\.expire/] },
  { deed: 'expiry', name: 'it is committed', wire: 'database', request: [/inventory\.expire/, commit] },
  { deed: 'retry', name: 'the other refund is committed', wire: 'database', request: [/INSERT INTO orders\.refund/, commit] },
  { deed: 'retry', name: 'the provider is told to pay back', wire: 'payments', request: [/POST \/v1\/refunds/] },
  { deed: 'retry', name: 'the refund is committed', wire: 'database', request: [/UPDATE orders\.refund SET state/, commit] },
];
