import { sql, type Transaction } from 'kysely';

import type { ProductState } from '#contracts/catalog.ts';
import { publicationIdOf } from '#contracts/ids.ts';
import type { Stamp } from '#contracts/stamp.ts';

import { type StampRow, stampOf } from '#platform/entity/stamp-row.ts';

/** One change of one product, checked. */
export interface BulkChange {
  readonly id: string;
  readonly sku: string;
  readonly name: string | null;
  readonly categoryId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly pricedAt: string;
  /** Of a product that is new. */
  readonly state: ProductState;
}

type Trx = Transaction<Record<string, never>>;
type WrittenRow = Pick<StampRow, 'id' | 'version' | 'origin' | 'vector'>;

const written = sql`t.id, t.version, t.origin, (SELECT coalesce(jsonb_object_agg(v.key, v.value), '{}') FROM jsonb_each_text(t.vector) v) AS vector`;

/** Locks the products among `ids` that exist, in one order for everybody, and answers their ids. */
export async function lockProducts(trx: Trx, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    SELECT t.id FROM catalog.product t WHERE t.id = ANY (${ids}::uuid[]) ORDER BY t.id FOR UPDATE`.execute(trx);
  return new Set(rows.map((row) => row.id));
}

/** Which of `ids` are categories; they stay there until the transaction ends. */
export async function holdCategories(trx: Trx, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    SELECT t.id FROM catalog.category t WHERE t.id = ANY (${ids}::uuid[]) ORDER BY t.id FOR KEY SHARE`.execute(trx);
  return new Set(rows.map((row) => row.id));
}

/** Inserts the products, each of which has a name and stands in `changes` once; what exists by now is left out of the answer, as is a SKU that another id holds. */
export async function insertRound(trx: Trx, changes: readonly BulkChange[]): Promise<Map<string, Stamp>> {
  if (changes.length === 0) return new Map();
  const { rows } = await sql<WrittenRow>`
    INSERT INTO catalog.product AS t (id, sku, name, category_id, price_minor, currency, priced_at, initial_state)
    SELECT c.id, c.sku, c.name, c.category_id, c.price_minor, c.currency, c.priced_at, CASE c.state WHEN 'published' THEN 'published' ELSE 'draft' END
    FROM ${columnsOf(changes)}
    WHERE NOT EXISTS (SELECT FROM catalog.product p WHERE p.sku = c.sku AND p.id <> c.id) ORDER BY c.id
    ON CONFLICT (id) DO NOTHING
    RETURNING ${written}`.execute(trx);
  const created = new Map(rows.map((row) => [row.id, stampOf(row)]));
  await archive(
    trx,
    changes.filter(({ id, state }) => state === 'archived' && created.has(id)).map(({ id }) => id),
  );
  return created;
}

/** Nothing is born archived: it is a draft, which nobody sees, and is archived in the same transaction. */
async function archive(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    INSERT INTO catalog.publication (id, product_id, state)
    SELECT c.id, c.product_id, 'archived' FROM unnest(${ids.map(publicationIdOf)}::uuid[], ${ids}::uuid[]) AS c(id, product_id) ORDER BY c.id`.execute(
    trx,
  );
}

/**
 * Changes each product, which stands in `changes` once, to a price that is later than the one it has; others are left out of the answer. A cost is in the currency of
 * the price, and is forgotten with it.
 */
export async function updateRound(trx: Trx, changes: readonly BulkChange[]): Promise<Map<string, Stamp>> {
  if (changes.length === 0) return new Map();
  const { rows } = await sql<WrittenRow>`
    UPDATE catalog.product t
    SET price_minor = c.price_minor, currency = c.currency, priced_at = c.priced_at,
      name = coalesce(c.name, t.name), category_id = coalesce(c.category_id, t.category_id),
      cost_minor = CASE WHEN c.currency = t.currency THEN t.cost_minor END
    FROM ${columnsOf(changes)}
    WHERE t.id = c.id AND c.priced_at > t.priced_at
    RETURNING ${written}`.execute(trx);
  return new Map(rows.map((row) => [row.id, stampOf(row)]));
}

/** The changes as a table `c`, a parameter a column: the statement's text stays the same however many there are. */
function columnsOf(changes: readonly BulkChange[]) {
  return sql`unnest(
    ${changes.map((c) => c.id)}::uuid[], ${changes.map((c) => c.sku)}::text[], ${changes.map((c) => c.name)}::text[],
    ${changes.map((c) => c.categoryId)}::uuid[], ${changes.map((c) => c.amountMinor)}::int8[], ${changes.map((c) => c.currency)}::text[],
    ${changes.map((c) => c.pricedAt)}::timestamptz[], ${changes.map((c) => c.state)}::text[]
  ) AS c(id, sku, name, category_id, price_minor, currency, priced_at, state)`;
}
