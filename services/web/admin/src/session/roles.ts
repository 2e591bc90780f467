import { operations, type ClientOperation } from '#client/index.ts';
import type { AccountRole } from '#contracts/auth.ts';

const { catalog, inventory, order } = operations;

type Pages = Readonly<Record<string, ClientOperation>>;

/**
 * What each page of the panel needs to be able to call. Everybody may read the catalogue; the panel offers it to who may change it. What is
 * not here is offered to nobody.
 */
const pages: Readonly<Record<string, Pages>> = {
  products: { list: catalog.changeProduct, edit: catalog.changeProduct, create: catalog.createProduct, delete: catalog.deleteProduct },
  categories: {
    list: catalog.changeCategory,
    edit: catalog.changeCategory,
    create: catalog.createCategory,
    delete: catalog.deleteCategory,
  },
  stores: { list: catalog.changeStore, edit: catalog.changeStore, create: catalog.createStore, delete: catalog.deleteStore },
  orders: { list: order.listOrders, show: order.listOrders },
  refunds: { list: order.listRefunds },
  stock: { list: inventory.listStock },
};

/** Whether a role may call an operation for what is not its own; the operation says so itself. The services check it again at every request. */
export function mayCall(role: AccountRole | undefined, { roles }: ClientOperation): boolean {
  return role !== undefined && roles?.includes(role) === true;
}

/** Whether a role is offered a page (`list`, `show`, `edit`, ...) of a resource. */
export function mayOpen(role: AccountRole | undefined, resource: string, page: string): boolean {
  const needed = pages[resource]?.[page];
  return needed !== undefined && mayCall(role, needed);
}

/** Whether the panel has anything for a role. */
export function isStaff(role: AccountRole): boolean {
  return Object.keys(pages).some((resource) => mayOpen(role, resource, 'list'));
}
