import { type RawBuilder, sql } from 'kysely';

import type { ProductFacets } from '#contracts/catalog.ts';

import type { CatalogDb } from '../deps.ts';

/** Where one price band ends and the next begins, in minor units. */
const BANDS_MINOR = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

export interface FacetQuery {
  /** The product as `t`, with whatever the conditions need. */
  readonly from: RawBuilder<unknown>;
  /** What every match fulfils, whatever is chosen. */
  readonly filters: readonly RawBuilder<unknown>[];
  /** What is chosen: a facet counts what the other one leaves, so that a choice can be seen beside its alternatives. */
  readonly chosen: { readonly category: RawBuilder<unknown>; readonly price: RawBuilder<unknown> };
  /** A match's price, which may be NULL. */
  readonly price: { readonly minor: RawBuilder<unknown>; readonly currency: RawBuilder<unknown> };
}

interface FacetRow {
  readonly category: string | null;
  readonly band: number | null;
  readonly currency: string | null;
  readonly count: string;
}

/**
 * Counts the matches of a list by category and by price band: the matches are read once. A match counts for its category and for each above it, as a list of that category
 * has it. UNION in the recursion: a ring of categories must not run for ever.
 */
export async function countFacets(db: CatalogDb, { from, filters, chosen, price }: FacetQuery): Promise<ProductFacets> {
  const where = filters.length === 0 ? sql`true` : sql.join(filters, sql` AND `);
  const { rows } = await sql<FacetRow>`
    WITH RECURSIVE matched AS MATERIALIZED (
      SELECT t.category_id AS category, ${price.minor} AS minor, ${price.currency} AS currency,
        ${chosen.category} AS of_category, ${chosen.price} AS of_price
      FROM ${from} WHERE ${where}
    ), counted AS MATERIALIZED (
      SELECT m.category, count(*) AS count FROM matched m WHERE m.of_price GROUP BY m.category
    ), up(category, above) AS (
      SELECT c.category, c.category FROM counted c WHERE c.category IS NOT NULL
      UNION
      SELECT up.category, k.parent_id FROM up JOIN catalog.category k ON k.id = up.above WHERE k.parent_id IS NOT NULL
    )
    SELECT up.above AS category, NULL::int AS band, NULL AS currency, sum(c.count)::int8 AS count
    FROM counted c JOIN up ON up.category = c.category GROUP BY up.above
    UNION ALL
    SELECT NULL, NULL, NULL, c.count FROM counted c WHERE c.category IS NULL
    UNION ALL
    SELECT NULL, width_bucket(m.minor, ${BANDS_MINOR}::int8[]), m.currency, count(*) FROM matched m
    WHERE m.of_category AND m.minor IS NOT NULL GROUP BY 2, 3
    ORDER BY currency, band, count DESC, category`.execute(db);
  return {
    categories: rows.filter(({ band }) => band === null).map(({ category, count }) => ({ categoryId: category, count: Number(count) })),
    prices: rows.flatMap(({ band, currency, count }) =>
      band === null || currency === null
        ? []
        : [{ currency, fromMinor: BANDS_MINOR[band - 1] ?? 0, toMinor: BANDS_MINOR[band] ?? null, count: Number(count) }],
    ),
  };
}
