import { Type } from 'typebox';

import {
  BulkRequest,
  BulkResult,
  Category,
  CategoryChange,
  CategoryCreation,
  CategoryListQuery,
  Product,
  ProductChange,
  ProductCreation,
  ProductListQuery,
  Store,
  StoreChange,
  StoreCreation,
  StoreListQuery,
} from '#contracts/catalog.ts';
import { pageOf, Uuid } from '#contracts/values.ts';

import type { ClientOperation } from '../operation.ts';

const params = Type.Object({ id: Uuid });

export const catalogOperations = {
  listProducts: { method: 'GET', path: '/v1/products', query: ProductListQuery, answer: pageOf(Product) },
  getProduct: { method: 'GET', path: '/v1/products/:id', params, answer: Product },
  createProduct: { method: 'POST', path: '/v1/products', body: ProductCreation, answer: Product },
  changeProduct: { method: 'PATCH', path: '/v1/products/:id', params, body: ProductChange, answer: Product, needs: ['if-match'] },
  deleteProduct: { method: 'DELETE', path: '/v1/products/:id', params, answer: null, needs: ['if-match'] },
  applyBulk: { method: 'POST', path: '/v1/products/bulk', body: BulkRequest, answer: Type.Object({ results: Type.Array(BulkResult) }) },
  listCategories: { method: 'GET', path: '/v1/categories', query: CategoryListQuery, answer: pageOf(Category) },
  getCategory: { method: 'GET', path: '/v1/categories/:id', params, answer: Category },
  createCategory: { method: 'POST', path: '/v1/categories', body: CategoryCreation, answer: Category },
  changeCategory: { method: 'PATCH', path: '/v1/categories/:id', params, body: CategoryChange, answer: Category, needs: ['if-match'] },
  deleteCategory: { method: 'DELETE', path: '/v1/categories/:id', params, answer: null, needs: ['if-match'] },
  listStores: { method: 'GET', path: '/v1/stores', query: StoreListQuery, answer: pageOf(Store) },
  getStore: { method: 'GET', path: '/v1/stores/:id', params, answer: Store },
  createStore: { method: 'POST', path: '/v1/stores', body: StoreCreation, answer: Store },
  changeStore: { method: 'PATCH', path: '/v1/stores/:id', params, body: StoreChange, answer: Store, needs: ['if-match'] },
  deleteStore: { method: 'DELETE', path: '/v1/stores/:id', params, answer: null, needs: ['if-match'] },
} as const satisfies Readonly<Record<string, ClientOperation>>;
