import type { Cart } from '#contracts/cart.ts';

import { requireNotErased } from '../erased.repository.ts';
import { deleteCart, giveCart, lockCartsOf, lockOpenCart, replaceLines, selectLines } from './carts.repository.ts';
import { findClaimed, insertClaim } from './claims.repository.ts';
import { mergeLines } from './merge.ts';
import { lockOpenOne, showCart, type CartDeps, type Versioned } from './service.ts';

/**
 * Makes a guest's cart the account's: joined to the open one that it has in this currency, or by itself. The guest's token opens nothing any more, but the same account
 * that sends it again is answered the cart as it is. Throws AppError `not_found`, `state_conflict` or `account_erased`.
 */
export async function claimCart({ db, region }: CartDeps, id: string, accountId: string, tokenHash: Buffer): Promise<Versioned<Cart>> {
  return db.transaction().execute(async (trx) => {
    await requireNotErased(trx, accountId);
    await lockCartsOf(trx, accountId);
    const claimed = await findClaimed(trx, { guestCartId: id, tokenHash, accountId });
    if (claimed !== undefined) return showCart(trx, region, await lockOpenOne(trx, claimed, { accountId, tokenHash: null }));
    const guests = await lockOpenOne(trx, id, { accountId: null, tokenHash });
    const own = await lockOpenCart(trx, accountId, guests.currency);
    const added = await selectLines(trx, id);
    const cartId = own?.id ?? id;
    const kept = own === undefined ? [] : await selectLines(trx, own.id);
    if (own === undefined) await giveCart(trx, id, accountId);
    else await deleteCart(trx, id);
    await insertClaim(trx, { guestCartId: id, tokenHash, cartId });
    return showCart(trx, region, await replaceLines(trx, cartId, own === undefined ? added : mergeLines(kept, added)));
  });
}
