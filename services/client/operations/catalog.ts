// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.
import { Type } from 'typebox';

import { Medium, MediumChange, MediumCreation, MediumList, Price, PriceChange, PriceCreation, PriceList, Translation, TranslationList, TranslationWriting, Variant, VariantWriting } from '#contracts/catalog-content.ts';
import { ExportQuery, ImportReportLine } from '#contracts/catalog-files.ts';
import { BulkRequest, BulkResult, Category, CategoryChange, CategoryCreation, CategoryListQuery, ListedStore, Product, ProductChange, ProductCreation, ProductListQuery, ProductPage, ProductQuery, Store, StoreChange, StoreCreation, StoreListQuery, StoreOpeningQuery } from '#contracts/catalog.ts';
import { Opening } from '#contracts/opening-hours.ts';
import { Language } from '#contracts/user.ts';
import { Uuid } from '#contracts/values.ts';

import type { ClientOperation } from '../operation.ts';

export const catalogOperations = {
  listProducts: {
    method: 'GET',
    path: '/v1/products',
    query: ProductListQuery,
    answer: ProductPage,
  },
  getProduct: {
    method: 'GET',
    path: '/v1/products/:id',
    params: Type.Object({ id: Uuid }),
    query: ProductQuery,
    answer: Product,
  },
  createProduct: {
    method: 'POST',
    path: '/v1/products',
    body: ProductCreation,
    answer: Product,
  },
  changeProduct: {
    method: 'PATCH',
    path: '/v1/products/:id',
    params: Type.Object({ id: Uuid }),
    body: ProductChange,
    answer: Product,
    needs: ['if-match'],
  },
  deleteProduct: {
    method: 'DELETE',
    path: '/v1/products/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
  applyBulk: {
    method: 'POST',
    path: '/v1/products/bulk',
    body: BulkRequest,
    answer: Type.Object({ results: Type.Array(BulkResult) }),
  },
  publishProduct: {
  importProducts: {
    method: 'POST',
  },
  listCategories: {
    method: 'GET',
    path: '/v1/categories',
    query: CategoryListQuery,
    answer: Type.Object({ items: Type.Array(Category), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer() }),
  },
  getCategory: {
    method: 'GET',
    path: '/v1/categories/:id',
    params: Type.Object({ id: Uuid }),
    answer: Category,
  },
  createCategory: {
    method: 'POST',
    path: '/v1/categories',
    body: CategoryCreation,
    answer: Category,
  },
  changeCategory: {
    method: 'PATCH',
    path: '/v1/categories/:id',
    params: Type.Object({ id: Uuid }),
    body: CategoryChange,
    answer: Category,
    needs: ['if-match'],
  },
  deleteCategory: {
    method: 'DELETE',
    path: '/v1/categories/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
  listStores: {
    method: 'GET',
    path: '/v1/stores',
    query: StoreListQuery,
    answer: Type.Object({ items: Type.Array(ListedStore), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer() }),
  },
  getStore: {
    method: 'GET',
    path: '/v1/stores/:id',
    params: Type.Object({ id: Uuid }),
    answer: Store,
  },
  getStoreOpening: {
    method: 'GET',
    path: '/v1/stores/:id/opening',
    params: Type.Object({ id: Uuid }),
    query: StoreOpeningQuery,
    answer: Opening,
  },
  createStore: {
    method: 'POST',
    path: '/v1/stores',
    body: StoreCreation,
    answer: Store,
  },
  changeStore: {
    method: 'PATCH',
    path: '/v1/stores/:id',
    params: Type.Object({ id: Uuid }),
    body: StoreChange,
    answer: Store,
    needs: ['if-match'],
  },
  deleteStore: {
    method: 'DELETE',
    path: '/v1/stores/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
} as const satisfies Readonly<Record<string, ClientOperation>>;
