import { type RawBuilder, sql } from 'kysely';

import type { Product, ProductChange, ProductCreation, ProductState } from '#contracts/catalog.ts';
import type { Language } from '#contracts/user.ts';
import type { Money } from '#contracts/values.ts';

import type { CatalogDb } from '../deps.ts';
import type { Texts } from '../languages/localise.ts';
import { treeOf } from '../categories/categories.repository.ts';
import { countFacets } from '../search/facets.repository.ts';
import { prepareSearch, type Search } from '../search/search.repository.ts';
import type { FindSpellings } from '../search/kept-spellings.ts';
import { refuseStocked } from '../stock.repository.ts';
import { instantText, selectPage, type SortKey, stampColumns } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';
import type { StampRow } from '#platform/entity/stamp-row.ts';
import { exists, type Grave, graveOf, isVersion } from '#platform/entity/synced.repository.ts';

export interface ProductRow extends StampRow {
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly category_id: string | null;
  readonly price_minor: string;
  readonly currency: string;
  readonly priced_at: string;
  readonly cost_minor: string | null;
  readonly state: ProductState;
  /** The price of now in the currency that was asked for, or the product's own. */
  readonly current_minor: string | null;
  /** Whether everybody may see it. */
  readonly is_shown: boolean;
  readonly variant_of: Product['variantOf'];
  /** The translation in the language that was asked for. */
  readonly translated: Texts | null;
}

/** What a reader asked for, besides which products. */
export interface ProductView {
  readonly language: Language | undefined;
  /** Of the current price; undefined: each product's own. */
  readonly currency: string | undefined;
}

const asWritten: ProductView = { language: undefined, currency: undefined };

/** What a product costs here and now, in the currency asked for or its own. */
function currentPrice(currency: string | undefined) {
  const wanted = currency === undefined ? sql`t.currency` : sql`${currency}::text`;
  // The rule of catalog.quote (migrations/0007-variant.ts), for lists.
  const minor = sql`coalesce((SELECT r.amount_minor FROM catalog.price r
    WHERE r.product_id = t.id AND r.region = (SELECT catalog.region()) AND r.currency = ${wanted}
      AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
    ORDER BY r.valid_from DESC LIMIT 1), CASE WHEN t.currency = ${wanted} THEN t.price_minor END)`;
  return { minor, currency: wanted };
}

/** Everybody may see a product that is published, and a variant where its parent is, too. */
const shown = sql`t.state = 'published' AND NOT EXISTS (
  SELECT FROM catalog.variant v JOIN catalog.product o ON o.id = v.parent_id WHERE v.product_id = t.id AND o.state <> 'published')`;

function columnsFor({ language, currency }: ProductView): RawBuilder<unknown> {
  const translated =
    language === undefined
      ? sql`NULL::jsonb`
      : sql`(SELECT jsonb_build_object('name', x.name, 'description', x.description)
          FROM catalog.translation x WHERE x.product_id = t.id AND x.language = ${language})`;
  return sql`t.id, t.sku, t.name, t.description, t.category_id, t.price_minor, t.currency,
    ${instantText(sql`t.priced_at`)} AS priced_at, t.cost_minor, t.state, ${currentPrice(currency).minor} AS current_minor, (${shown}) AS is_shown,
    (SELECT jsonb_build_object('productId', v.parent_id, 'options', v.options) FROM catalog.variant v WHERE v.product_id = t.id LIMIT 1) AS variant_of,
    ${translated} AS translated, ${stampColumns}`;
}

const TABLE = 'catalog.product';

export interface ProductFilter {
  readonly q?: string;
  readonly sku?: string;
  readonly categoryId?: string;
  readonly state?: ProductState;
  readonly parentId?: string;
  readonly currency?: string;
  readonly minPriceMinor?: number;
  readonly maxPriceMinor?: number;
}

/** What a list is narrowed to by what a facet counts. */
function chosenBy({ categoryId, currency, minPriceMinor, maxPriceMinor }: ProductFilter) {
  const { minor } = currentPrice(currency);
  const price: RawBuilder<unknown>[] = [];
  if (currency !== undefined) price.push(sql`${minor} BETWEEN ${minPriceMinor ?? 0} AND ${maxPriceMinor ?? Number.MAX_SAFE_INTEGER}`);
  return {
    category: categoryId === undefined ? sql`true` : sql`t.category_id IN ${treeOf(categoryId)}`,
    price: price.length === 0 ? sql`true` : sql`(${sql.join(price, sql` AND `)})`,
  };
}

/**
 * What is no variant, since in a shop's list a parent stands for its variants. It cannot stand for those that are found by what it does not have, a colour or their own
 * stock code: in a search a variant steps back only where its parent is found as well.
 */
function standsForItself(search: Search | undefined): RawBuilder<unknown> {
  const parentsEntry = search === undefined ? sql`` : sql`JOIN catalog.search_entry e ON e.product_id = v.parent_id`;
  const conditions = [sql`v.product_id = t.id`, ...(search?.filters ?? [])];
  return sql`NOT EXISTS (SELECT FROM catalog.variant v ${parentsEntry} WHERE ${sql.join(conditions, sql` AND `)})`;
}

function filtersOf({ sku, state, parentId }: ProductFilter, forEverybody: boolean, search: Search | undefined): RawBuilder<unknown>[] {
  const filters: RawBuilder<unknown>[] = [];
  if (forEverybody) filters.push(shown);
  if (parentId !== undefined)
    filters.push(sql`EXISTS (SELECT FROM catalog.variant v WHERE v.product_id = t.id AND v.parent_id = ${parentId})`);
  else if (forEverybody && sku === undefined) filters.push(standsForItself(search));
  if (state !== undefined) filters.push(sql`t.state = ${state}`);
  if (sku !== undefined) filters.push(sql`t.sku = ${sku}`);
  return filters;
}

const sortKeys: Readonly<Record<string, SortKey>> = {
  name: { expression: sql`t.name`, type: 'text' },
  updatedAt: { expression: sql`sync.time_of(t.version)`, type: 'timestamptz' },
};
const bySku: SortKey = { expression: sql`t.sku`, type: 'text' };

/** How a list may be ordered; `relevance` needs a search. */
export const productSortType = (name: string): SortKey['type'] => (name === 'relevance' ? 'int4' : (sortKeys[name] ?? bySku).type);

/** A page of the products that pass `filter` and `view`'s reader may see; with `facets` also how many there are of each category and price. */
export async function selectProducts(
  { db, findSpellings }: { readonly db: CatalogDb; readonly findSpellings: FindSpellings },
  filter: ProductFilter,
  order: Order,
  view: ProductView & { readonly facets: boolean; readonly isStaff: boolean },
) {
  const search = filter.q === undefined ? undefined : await prepareSearch(findSpellings, filter.q);
  const join = search === undefined ? sql`` : sql`JOIN catalog.search_entry e ON e.product_id = t.id`;
  const filters = [...filtersOf(filter, !view.isStaff, search), ...(search?.filters ?? [])];
  const chosen = chosenBy(filter);
  const sort: SortKey =
    order.name === 'relevance' && search !== undefined ? { expression: search.distance, type: 'int4' } : (sortKeys[order.name] ?? bySku);
  const [page, facets] = await Promise.all([
    selectPage<ProductRow>(db, {
      table: TABLE,
      join,
      columns: columnsFor(view),
      filters: [...filters, chosen.category, chosen.price],
      sort,
      descending: order.descending,
      after: order.after,
      limit: order.limit,
    }),
    view.facets
      ? countFacets(db, {
          from: sql`catalog.product t ${join}`,
          filters,
          chosen,
          price: currentPrice(filter.currency),
        })
      : undefined,
  ]);
  return { page, facets };
}

export async function findProduct(db: CatalogDb, id: string, view = asWritten): Promise<ProductRow | undefined> {
  const { rows } = await sql<ProductRow>`SELECT ${columnsFor(view)} FROM catalog.product t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}

/** Those of these products that there are, in no order. */
export async function findProducts(db: CatalogDb, ids: readonly string[], view: ProductView): Promise<ProductRow[]> {
  const { rows } = await sql<ProductRow>`SELECT ${columnsFor(view)} FROM catalog.product t WHERE t.id = ANY (${ids}::uuid[])`.execute(db);
  return rows;
}

/** Undefined where the product exists already. */
export async function insertProduct(db: CatalogDb, id: string, product: ProductCreation): Promise<ProductRow | undefined> {
  const pricedAt = product.pricedAt === undefined ? sql`clock_timestamp()` : sql`${product.pricedAt}::timestamptz`;
  const { rows } = await sql<ProductRow>`
    INSERT INTO catalog.product AS t (id, sku, name, description, category_id, price_minor, currency, priced_at, cost_minor, initial_state)
    VALUES (${id}, ${product.sku}, ${product.name}, ${product.description ?? null}, ${product.categoryId ?? null},
      ${product.price.amountMinor}, ${product.price.currency}, ${pricedAt}, ${product.cost?.amountMinor ?? null},
      ${product.state ?? 'published'})
    ON CONFLICT (id) DO NOTHING
    RETURNING ${columnsFor(asWritten)}`.execute(db);
  return rows[0];
}

/** Changes a product that is in one of the versions `tags`. A price that differs gets the instant of now. */
export async function updateProduct(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: ProductChange,
): Promise<ProductRow | 'missing' | 'stale'> {
  const { rows } = await sql<ProductRow>`
    UPDATE catalog.product t SET ${sql.join(assignmentsOf(change))} WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING ${columnsFor(asWritten)}`.execute(
    db,
  );
  return rows[0] ?? ((await exists(db, TABLE, id)) ? 'stale' : 'missing');
}

/** What refers to a product and goes with it. */
const belongings = ['catalog.publication', 'catalog.translation', 'catalog.price', 'catalog.variant', 'catalog.medium'];

/**
 * Deletes a product that is in one of the versions `tags` with all that is said of it, and answers the stamp of its tombstone. Throws AppError `in_use` where there is
 * stock of it.
 */
export async function deleteProduct(db: CatalogDb, id: string, tags: readonly string[]): Promise<Grave | 'missing' | 'stale'> {
  return db.transaction().execute(async (trx) => {
    // Locked first: nobody adds to it any more.
    const held = await sql`SELECT FROM catalog.product t WHERE t.id = ${id} AND ${isVersion(tags)} FOR UPDATE`.execute(trx);
    if (held.rows.length === 0) return (await exists(trx, TABLE, id)) ? 'stale' : 'missing';
    await refuseStocked(trx, id);
    for (const table of belongings) await sql`DELETE FROM ${sql.table(table)} c WHERE c.product_id = ${id}`.execute(trx);
    await sql`DELETE FROM catalog.product t WHERE t.id = ${id}`.execute(trx);
    return graveOf(trx, TABLE, id);
  });
}

function assignmentsOf(change: ProductChange): RawBuilder<unknown>[] {
  const assignments: RawBuilder<unknown>[] = [];
  if (change.name !== undefined) assignments.push(sql`name = ${change.name}`);
  if (change.description !== undefined) assignments.push(sql`description = ${change.description}`);
  if (change.categoryId !== undefined) assignments.push(sql`category_id = ${change.categoryId}`);
  if (change.price !== undefined) assignments.push(...priceAssignments(change.price));
  if (change.cost !== undefined) assignments.push(sql`cost_minor = ${change.cost?.amountMinor ?? null}`);
  return assignments;
}

function priceAssignments({ amountMinor, currency }: Money): RawBuilder<unknown>[] {
  return [
    sql`price_minor = ${amountMinor}`,
    sql`currency = ${currency}`,
    sql`priced_at = CASE WHEN t.price_minor = ${amountMinor} AND t.currency = ${currency} THEN t.priced_at ELSE clock_timestamp() END`,
  ];
}
