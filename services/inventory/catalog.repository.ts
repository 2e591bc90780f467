import { sql } from 'kysely';

import type { ErrorCode, FieldError } from '#contracts/errors.ts';
import { AppError } from '#platform/errors.ts';

import type { InventoryDb } from './deps.ts';

/** Ids that cannot be used here: those that name nothing in the catalogue, and those of stores whose goods are in the other region. */
export interface Unusable {
  readonly missingStores: ReadonlySet<string>;
  readonly foreignStores: ReadonlySet<string>;
  readonly missingProducts: ReadonlySet<string>;
}

/** Which of these ids cannot be used here (docs/domain.md). The others can until the transaction ends. Asked before stock is locked. */
export async function unusableOf(trx: InventoryDb, stores: readonly string[], products: readonly string[]): Promise<Unusable> {
  const { rows } = await sql<{ kind: string; id: string; why: string }>`
    SELECT u.kind, u.id, u.why FROM catalog.unusable_of(${stores}::uuid[], ${products}::uuid[]) u`.execute(trx);
  const idsOf = (wanted: string, reason: string) =>
    new Set(rows.filter(({ kind, why }) => kind === wanted && why === reason).map(({ id }) => id));
  return {
    missingStores: idsOf('store', 'missing'),
    foreignStores: idsOf('store', 'elsewhere'),
    missingProducts: idsOf('product', 'missing'),
  };
}

/** A field that names a store, and which. */
export interface NamedStore {
  readonly field: string;
  readonly storeId: string;
}

/** Throws AppError `reference_missing` with the fields whose id is missing, else `foreign_home_region` where the store is of the other region. */
export function refuseUnusable(
  unusable: Unusable,
  store: NamedStore,
  products: readonly { readonly field: string; readonly productId: string }[] = [],
): void {
  const { missingStores, missingProducts } = unusable;
  const missing = products.filter(({ productId }) => missingProducts.has(productId)).map(({ field }) => field);
  if (missingStores.has(store.storeId)) missing.unshift(store.field);
  refuse('reference_missing', 'names nothing that exists', missing);
  refuseForeign(unusable, store);
}

/** Throws AppError `foreign_home_region` where the store is of the other region. */
export function refuseForeign({ foreignStores }: Unusable, { field, storeId }: NamedStore): void {
  refuse('foreign_home_region', 'is a store of the other region', foreignStores.has(storeId) ? [field] : []);
}

function refuse(code: ErrorCode, message: string, fields: readonly string[]): void {
  const errors = fields.map((field): FieldError => ({ field, message }));
  if (errors.length > 0) throw new AppError(code, { errors });
}
