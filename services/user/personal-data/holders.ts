/** A schema whose service holds something of people. */
export type Holder = 'notification' | 'orders' | 'users' | 'auth';

/**
 * Every service that offers `export_of` and `erase` (docs/domain.md), in the order in which they forget: who asks others stands before whom it asks, as
 * locks are taken elsewhere, and the account goes last.
 */
export const holders: readonly Holder[] = ['notification', 'orders', 'users', 'auth'];
