import { Value } from 'typebox/value';
import { operations, type ClientOperation } from '#client/index.ts';
import { queryOfOrderFilter } from '../orders/filter.ts';
import type { CategoryCreation, ProductCreation, StoreCreation } from '#contracts/catalog.ts';

const { catalog, inventory, order } = operations;

/** What the panel lists, by which operations, and which of a record's fields it sends. Everything else (stamps, times, ids) is the service's. */
export type ResourceShape = {
  readonly list: ClientOperation;
  readonly get?: ClientOperation;
  readonly edit?: EditShape;
  /** The list's query of what its filters hold, where that is more than their text. */
  readonly query?: (filter: unknown) => Record<string, string | boolean>;
  /** What names a record, where that is not its `id`. */
  readonly idOf?: (body: Readonly<Record<string, unknown>>) => string | undefined;
};

export type EditShape = {
  readonly create: ClientOperation;
  readonly change: ClientOperation;
  readonly remove: ClientOperation;
  /** Fixed when the record is made: the record's id is made from it. */
  readonly naturalKey: string;
  /** What a change may name. */
  readonly editable: readonly string[];
};

const sku: keyof ProductCreation = 'sku';
const slug: keyof CategoryCreation = 'slug';
const code: keyof StoreCreation = 'code';

const shapes: Readonly<Record<string, ResourceShape>> = {
  products: {
    list: catalog.listProducts,
    get: catalog.getProduct,
    edit: {
      create: catalog.createProduct,
      change: catalog.changeProduct,
      remove: catalog.deleteProduct,
      naturalKey: sku,
      editable: Object.keys(catalog.changeProduct.body.properties),
    },
  },
  categories: {
    list: catalog.listCategories,
    get: catalog.getCategory,
    edit: {
      create: catalog.createCategory,
      change: catalog.changeCategory,
      remove: catalog.deleteCategory,
      naturalKey: slug,
      editable: Object.keys(catalog.changeCategory.body.properties),
    },
  },
  stores: {
    list: catalog.listStores,
    get: catalog.getStore,
    edit: {
      create: catalog.createStore,
      change: catalog.changeStore,
      remove: catalog.deleteStore,
      naturalKey: code,
      editable: Object.keys(catalog.changeStore.body.properties),
    },
  },
  orders: { list: order.listOrders, get: order.getOrder, query: queryOfOrderFilter },
  refunds: { list: order.listRefunds },
  stock: { list: inventory.listStock, idOf: idOfStock },
};

/** Stock is named by where and what it is. */
function idOfStock(body: Readonly<Record<string, unknown>>): string | undefined {
  return Value.Check(operations.inventory.getStock.params, body) ? `${body.storeId}:${body.productId}` : undefined;
}

/** The shape of a resource. Throws for a name that is none. */
export function shapeOf(resource: string): ResourceShape {
  const shape = shapes[resource];
  if (shape === undefined) throw new Error(`There is no resource ${resource}`);
  return shape;
}

/** As `shapeOf`, of what the panel edits as a form. */
export function editShapeOf(resource: string): EditShape {
  const { edit } = shapeOf(resource);
  if (edit === undefined) throw new Error(`The panel does not edit ${resource} by a form`);
  return edit;
}
