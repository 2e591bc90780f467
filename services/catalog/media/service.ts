import { MEDIA_LIMIT, type Medium, type MediumChange, type MediumCreation } from '#contracts/catalog-content.ts';
import { mediumIdOf } from '#contracts/ids.ts';
import { stampOf } from '#platform/entity/stamp-row.ts';
import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from '../deps.ts';
import { requireVisible } from '../products/service.ts';
import { isAddress } from './address.ts';
import { insertMedium, type MediumRow, selectMedia, updateMedium } from './media.repository.ts';

/** Throws AppError `not_found`, also of a product that the reader may not see. */
export async function listMedia(db: CatalogDb, productId: string, isStaff: boolean): Promise<Medium[]> {
  await requireVisible(db, productId, isStaff);
  return (await selectMedia(db, productId)).map(mediumOf);
}

/** Throws AppError `invalid_request`, `not_found`, `already_exists` or `limit_reached`. */
export async function addMedium(db: CatalogDb, productId: string, creation: MediumCreation): Promise<Medium> {
  if (!isAddress(creation.url)) {
    throw new AppError('invalid_request', {
      detail: 'The body does not fit.',
      errors: [{ field: 'url', message: 'must be an https address as a browser spells it, without credentials or fragment' }],
    });
  }
  const outcome = await insertMedium(db, { id: mediumIdOf(productId, creation.url), productId, most: MEDIA_LIMIT }, creation);
  switch (outcome) {
    case 'no product':
      throw new AppError('not_found');
    case 'there':
      throw new AppError('already_exists', { detail: 'The product has this link.' });
    case 'full':
      throw new AppError('limit_reached', { detail: `A product has ${MEDIA_LIMIT} links at most.` });
    default:
      return mediumOf(outcome);
  }
}

export async function changeMedium(
  db: CatalogDb,
  id: string,
  tags: readonly string[],
  change: MediumChange,
): Promise<Medium | 'missing' | 'stale'> {
  const outcome = await updateMedium(db, id, tags, change);
  return typeof outcome === 'string' ? outcome : mediumOf(outcome);
}

function mediumOf(row: MediumRow): Medium {
  const { id, url, kind, position } = row;
  return {
    id,
    productId: row.product_id,
    url,
    kind,
    altEn: row.alt_en,
    altZh: row.alt_zh,
    position,
    updatedAt: row.updated_at,
    stamp: stampOf(row),
  };
}
