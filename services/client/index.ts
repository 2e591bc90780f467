import { createClient, type Client, type ClientOptions } from './client.ts';
import { authOperations } from './operations/auth.ts';
import { catalogOperations } from './operations/catalog.ts';
import { inventoryOperations } from './operations/inventory.ts';
import { notificationOperations } from './operations/notification.ts';
import { orderOperations } from './operations/order.ts';
import { userOperations } from './operations/user.ts';

export { ApiProblem, UnexpectedAnswer } from './problem.ts';
export { createCall, type Call, type ClientOptions } from './client.ts';
export type { ClientOperation } from './operation.ts';

/** Every operation of a region's public API, by service. */
export const operations = {
  auth: authOperations,
  user: userOperations,
  catalog: catalogOperations,
  inventory: inventoryOperations,
  order: orderOperations,
  notification: notificationOperations,
} as const;

export type RegionClient = { readonly [Service in keyof typeof operations]: Client<(typeof operations)[Service]> };

/** A client of a region's whole public API. */
export function createRegionClient(options: ClientOptions): RegionClient {
  return {
    auth: createClient(operations.auth, options),
    user: createClient(operations.user, options),
    catalog: createClient(operations.catalog, options),
    inventory: createClient(operations.inventory, options),
    order: createClient(operations.order, options),
    notification: createClient(operations.notification, options),
  };
}
