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
    method: 'POST',
    path: '/v1/products/:id/publish',
    params: Type.Object({ id: Uuid }),
    answer: Product,
  },
  archiveProduct: {
    method: 'POST',
    path: '/v1/products/:id/archive',
    params: Type.Object({ id: Uuid }),
    answer: Product,
  },
  listTranslations: {
    method: 'GET',
    path: '/v1/products/:id/translations',
    params: Type.Object({ id: Uuid }),
    answer: TranslationList,
  },
  putTranslation: {
    method: 'PUT',
    path: '/v1/products/:id/translations/:language',
    params: Type.Object({ id: Uuid, language: Language }),
    body: TranslationWriting,
    answer: Translation,
  },
  deleteTranslation: {
    method: 'DELETE',
    path: '/v1/products/:id/translations/:language',
    params: Type.Object({ id: Uuid, language: Language }),
    answer: null,
    needs: ['if-match'],
  },
  listPrices: {
    method: 'GET',
    path: '/v1/products/:id/prices',
    params: Type.Object({ id: Uuid }),
    answer: PriceList,
  },
  createPrice: {
    method: 'POST',
    path: '/v1/products/:id/prices',
    params: Type.Object({ id: Uuid }),
    body: PriceCreation,
    answer: Price,
  },
  changePrice: {
    method: 'PATCH',
    path: '/v1/prices/:id',
    params: Type.Object({ id: Uuid }),
    body: PriceChange,
    answer: Price,
    needs: ['if-match'],
  },
  deletePrice: {
    method: 'DELETE',
    path: '/v1/prices/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
  getVariant: {
    method: 'GET',
    path: '/v1/products/:id/variant',
    params: Type.Object({ id: Uuid }),
    answer: Variant,
  },
  putVariant: {
    method: 'PUT',
    path: '/v1/products/:id/variant',
    params: Type.Object({ id: Uuid }),
    body: VariantWriting,
    answer: Variant,
  },
  deleteVariant: {
    method: 'DELETE',
    path: '/v1/products/:id/variant',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
  listMedia: {
    method: 'GET',
    path: '/v1/products/:id/media',
    params: Type.Object({ id: Uuid }),
    answer: MediumList,
  },
  addMedium: {
    method: 'POST',
    path: '/v1/products/:id/media',
    params: Type.Object({ id: Uuid }),
    body: MediumCreation,
    answer: Medium,
  },
  changeMedium: {
    method: 'PATCH',
    path: '/v1/media/:id',
    params: Type.Object({ id: Uuid }),
    body: MediumChange,
    answer: Medium,
    needs: ['if-match'],
  },
  deleteMedium: {
    method: 'DELETE',
    path: '/v1/media/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
  importProducts: {
    method: 'POST',
    path: '/v1/products/import',
    takes: ['text/csv', 'application/x-ndjson'],
    media: ['application/x-ndjson'],
    answer: ImportReportLine,
  },
  exportProducts: {
    method: 'GET',
    path: '/v1/products/export',
    query: ExportQuery,
    media: ['text/csv', 'application/x-ndjson'],
    answer: Type.String(),
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
