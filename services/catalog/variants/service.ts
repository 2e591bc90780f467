import type { Variant, VariantWriting } from '#contracts/catalog-content.ts';
import { variantIdOf } from '#contracts/ids.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import { AppError, codeOf } from '#platform/errors.ts';

import type { CatalogDb } from '../deps.ts';
import { requireProduct } from '../products/service.ts';
import { findVariant, insertVariant, updateVariant, type VariantRow } from './variants.repository.ts';

const CHECK_VIOLATION = '23514';

/** Throws AppError `not_found` where the product is no variant, or not there. */
export async function getVariant(db: CatalogDb, productId: string): Promise<Variant> {
  const row = await findVariant(db, variantIdOf(productId));
  if (row === undefined) throw new AppError('not_found');
  return variantOf(row);
}

/**
 * Makes a product a variant of another, or says anew which it is: in place of one of the versions `tags`, where it is one. Throws AppError `not_found`,
 * `if_match_required` where it is one and no version was named, `stale`, `already_exists` where a sibling has the same options, and `state_conflict` where either
 * of the two is a variant, or has some, already.
 */
export async function putVariant(
  db: CatalogDb,
  productId: string,
  tags: readonly string[] | undefined,
  writing: VariantWriting,
): Promise<{ readonly variant: Variant; readonly isNew: boolean }> {
  const id = variantIdOf(productId);
  if (tags !== undefined) {
    const outcome = await refusingDepth(() => updateVariant(db, id, tags, writing));
    if (typeof outcome === 'string') throw new AppError('stale');
    return { variant: variantOf(outcome), isNew: false };
  }
  await requireProduct(db, productId);
  if ((await findVariant(db, id)) !== undefined) throw new AppError('if_match_required');
  const row = await refusingDepth(() => insertVariant(db, { id, productId }, writing));
  if (row === undefined) throw new AppError('if_match_required');
  return { variant: variantOf(row), isNew: true };
}

async function refusingDepth<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch((error: unknown) => {
    if (codeOf(error) !== CHECK_VIOLATION) throw error;
    throw new AppError('state_conflict', { detail: 'A variant has no variants, and is none of itself.', cause: error });
  });
}

function variantOf(row: VariantRow): Variant {
  const { id, options } = row;
  return { id, productId: row.product_id, parentId: row.parent_id, options, updatedAt: row.updated_at, stamp: stampOf(row) };
}
