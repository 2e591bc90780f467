import { authReach } from './auth.ts';
import type { Reach } from './kinds.ts';
import { notificationReach } from './notification.ts';
import { orderReach } from './order.ts';
import { userReach } from './user.ts';

export type { Owned } from './kinds.ts';

/** Of each route that a customer or nobody in particular may call. Of the others, which are staff's, the role decides alone. */
export const reach: Readonly<Record<string, Reach>> = {
  ...authReach,
  'catalog listProducts': 'shared',
  'catalog getProduct': 'shared',
  'catalog listPrices': 'shared',
  'catalog listMedia': 'shared',
  'catalog listCategories': 'shared',
  'catalog getCategory': 'shared',
  'catalog listStores': 'shared',
  'catalog getStore': 'shared',
  'catalog getStoreOpening': 'shared',
  'inventory getAvailability': 'shared',

  ...notificationReach,
  ...orderReach,
  ...userReach,
};
