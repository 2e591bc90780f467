import type { Product, ProductChange, ProductCreation, ProductPage } from '#contracts/catalog.ts';
import { productIdOf } from '#contracts/ids.ts';
import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from '../deps.ts';
import { localise } from '../languages/localise.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import { exists } from '#platform/entity/synced.repository.ts';
import type { FindSpellings } from '../search/kept-spellings.ts';
import { pricedAtFault } from './priced-at.ts';
import { singleReads, type FindProduct } from './product-reads.ts';
import {
  findProduct,
  insertProduct,
  type ProductFilter,
  type ProductRow,
  type ProductView,
  productSortType,
  selectProducts,
  updateProduct,
} from './products.repository.ts';

type ListQuery = ProductFilter & { readonly facets?: boolean; readonly sort?: string; readonly cursor?: string; readonly limit?: number };

/** Who reads, and how they want it. */
export interface Reader extends ProductView {
  /** Sees costs, and what is not published. */
  readonly isStaff: boolean;
}

/**
 * A page of products, best match first where there is a search and no order is asked for. Costs, and what is not published, only for staff. Throws AppError
 * `forbidden` for somebody else who asks for a state, and `invalid_request` for a least or greatest price without a currency.
 */
export async function listProducts(
  reads: { readonly db: CatalogDb; readonly findSpellings: FindSpellings },
  query: ListQuery,
  reader: Reader,
): Promise<ProductPage> {
  if (!reader.isStaff && query.state !== undefined && query.state !== 'published') throw new AppError('forbidden');
  if (query.currency === undefined && (query.minPriceMinor !== undefined || query.maxPriceMinor !== undefined)) {
    throw new AppError('invalid_request', {
      detail: 'The query does not fit.',
      errors: [{ field: 'currency', message: 'is needed to name a price' }],
    });
  }
  const order = orderOf(query, query.q === undefined ? 'sku' : 'relevance', productSortType);
  const { page, facets } = await selectProducts(reads, query, order, { ...reader, facets: query.facets === true });
  const listed = pageFrom(page, order, (row: ProductRow) => productOf(row, reader));
  return { ...listed, items: [...listed.items], ...(facets === undefined ? {} : { facets }) };
}

/** Throws AppError `not_found`, also of what the reader may not see. */
export async function getProduct(find: FindProduct, id: string, reader: Reader): Promise<Product> {
  const row = await find(id, reader);
  if (row === undefined || (!row.is_shown && !reader.isStaff)) throw new AppError('not_found');
  return productOf(row, reader);
}

/** Throws AppError `not_found` where there is no such product, or none that the reader may see. */
export async function requireVisible(db: CatalogDb, id: string, isStaff: boolean): Promise<void> {
  await getProduct(singleReads(db), id, { ...staff, isStaff });
}

/** Throws AppError `not_found` where there is no such product. */
export async function requireProduct(db: CatalogDb, id: string): Promise<void> {
  if (!(await exists(db, 'catalog.product', id))) throw new AppError('not_found');
}

const staff: Reader = { isStaff: true, language: undefined, currency: undefined };

/** Throws AppError `already_exists` or `invalid_request`. */
export async function createProduct(db: CatalogDb, creation: ProductCreation): Promise<Product> {
  const fault = creation.pricedAt === undefined ? null : pricedAtFault(creation.pricedAt, Date.now());
  if (fault !== null) throw invalid('pricedAt', fault);
  requireOneCurrency(creation.price.currency, creation.cost?.currency);
  const row = await insertProduct(db, productIdOf(creation.sku), creation);
  if (row === undefined) throw new AppError('already_exists', { detail: `There is a product with stock code ${creation.sku}.` });
  return productOf(row, staff);
}

/** Changes what `change` names, of the product in one of the versions `tags`. Throws AppError `invalid_request`. */
export async function changeProduct(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: ProductChange,
): Promise<Product | 'missing' | 'stale'> {
  if (change.price !== undefined || change.cost) {
    // Read outside the write: what it may miss of a change in between, the version in the write's own condition catches.
    const before = await findProduct(db, id);
    if (before === undefined) return 'missing';
    const keptCost = change.cost === undefined && before.cost_minor !== null ? before.currency : undefined;
    requireOneCurrency(change.price?.currency ?? before.currency, change.cost?.currency ?? keptCost);
  }
  const outcome = await updateProduct(db, id, tags, change);
  return typeof outcome === 'string' ? outcome : productOf(outcome, staff);
}

function requireOneCurrency(price: string, cost: string | undefined): void {
  if (cost !== undefined && cost !== price) throw invalid('cost.currency', 'must be the currency of the price');
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', { detail: 'The body does not fit.', errors: [{ field, message }] });
}

function productOf(row: ProductRow, { isStaff, language, currency: wanted }: Reader): Product {
  const { currency, current_minor: current } = row;
  return {
    id: row.id,
    sku: row.sku,
    state: row.state,
    ...localise(row, row.translated, language),
    categoryId: row.category_id,
    price: { amountMinor: Number(row.price_minor), currency },
    pricedAt: row.priced_at,
    currentPrice: current === null ? null : { amountMinor: Number(current), currency: wanted ?? currency },
    variantOf: row.variant_of,
    ...(isStaff ? { cost: row.cost_minor === null ? null : { amountMinor: Number(row.cost_minor), currency } } : {}),
    updatedAt: row.updated_at,
    stamp: stampOf(row),
  };
}
