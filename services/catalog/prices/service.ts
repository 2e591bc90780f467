import type { Price, PriceChange, PriceCreation } from '#contracts/catalog-content.ts';
import { priceIdOf } from '#contracts/ids.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import { AppError, codeOf } from '#platform/errors.ts';
import { canonicalInstant, isRealInstant } from '#platform/instant.ts';

import type { CatalogDb } from '../deps.ts';
import { requireProduct, requireVisible } from '../products/service.ts';
import { isPeriod } from './period.ts';
import { findPrice, insertPrice, type PriceRow, selectPrices, updatePrice } from './prices.repository.ts';

const EXCLUSION_VIOLATION = '23P01';

/** A product's prices: to staff all of them, to others those that are valid now. Throws AppError `not_found`, also of a product that the reader may not see. */
export async function listPrices(db: CatalogDb, productId: string, isStaff: boolean): Promise<Price[]> {
  await requireVisible(db, productId, isStaff);
  return (await selectPrices(db, productId, isStaff ? 'all' : 'valid')).map(priceOf);
}

/** A new price, from now where it says no time. Throws AppError `not_found`, `already_exists`, `price_overlaps` or `invalid_request`. */
export async function createPrice(db: CatalogDb, productId: string, creation: PriceCreation, now: string): Promise<Price> {
  for (const field of ['validFrom', 'validTo'] as const) requireReal(field, creation[field]);
  const validFrom = canonicalInstant(creation.validFrom ?? now);
  if (!isPeriod(validFrom, creation.validTo ?? null)) throw noPeriod();
  await requireProduct(db, productId);
  const id = priceIdOf(productId, creation.region, creation.price.currency, validFrom);
  const row = await refusingOverlaps(() => insertPrice(db, { id, productId, validFrom }, creation));
  if (row === undefined) throw new AppError('already_exists', { detail: 'There is a price from that instant on.' });
  return priceOf(row);
}

/** Throws AppError `price_overlaps` or `invalid_request`. */
export async function changePrice(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: PriceChange,
): Promise<Price | 'missing' | 'stale'> {
  requireReal('validTo', change.validTo);
  if (change.validTo) {
    // When a price begins never changes.
    const before = await findPrice(db, id);
    if (before === undefined) return 'missing';
    if (!isPeriod(before.valid_from, change.validTo)) throw noPeriod();
  }
  const outcome = await refusingOverlaps(() => updatePrice(db, id, tags, change));
  return typeof outcome === 'string' ? outcome : priceOf(outcome);
}

async function refusingOverlaps<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch((error: unknown) => {
    if (codeOf(error) !== EXCLUSION_VIOLATION) throw error;
    throw new AppError('price_overlaps', { cause: error });
  });
}

function requireReal(field: string, instant: string | null | undefined): void {
  if (typeof instant === 'string' && !isRealInstant(instant)) throw invalid(field, 'is no day of the calendar');
}

const noPeriod = (): AppError => invalid('validTo', 'must be after the beginning');
const invalid = (field: string, message: string): AppError =>
  new AppError('invalid_request', { detail: 'The body does not fit.', errors: [{ field, message }] });

function priceOf(row: PriceRow): Price {
  return {
    id: row.id,
    productId: row.product_id,
    region: row.region,
    price: { amountMinor: Number(row.amount_minor), currency: row.currency },
    validFrom: row.valid_from,
    validTo: row.valid_to,
    updatedAt: row.updated_at,
    stamp: stampOf(row),
  };
}
