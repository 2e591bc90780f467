import type { Product } from '#contracts/catalog.ts';
import { publicationIdOf } from '#contracts/ids.ts';
import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from '../deps.ts';
import { singleReads } from '../products/product-reads.ts';
import { getProduct } from '../products/service.ts';
import { type Move, moves } from './moves.ts';
import { moveProduct } from './publication.repository.ts';

/** Does what `move` says, and answers the product; what is there already is left as it is. Throws AppError `not_found`. */
export async function setPublication(db: CatalogDb, productId: string, move: Move): Promise<Product> {
  const { to, from } = moves[move];
  const before = await moveProduct(db, { id: productId, publicationId: publicationIdOf(productId) }, to, from);
  if (before === undefined) throw new AppError('not_found');
  return getProduct(singleReads(db), productId, { isStaff: true, language: undefined, currency: undefined });
}
