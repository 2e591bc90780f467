import { sql } from 'kysely';

import type { Trx } from '../deps.ts';

/** Remembers that a guest's cart is the account's, or in it. */
export async function insertClaim(
  trx: Trx,
  claim: { readonly guestCartId: string; readonly tokenHash: Buffer; readonly cartId: string },
): Promise<void> {
  await sql`
    INSERT INTO orders.cart_claim (guest_cart_id, token_hash, cart_id)
    VALUES (${claim.guestCartId}, ${claim.tokenHash}, ${claim.cartId})`.execute(trx);
}

/** The cart that a guest's became, or became a part of, where it was this account that claimed it, with this token. */
export async function findClaimed(
  trx: Trx,
  claim: { readonly guestCartId: string; readonly tokenHash: Buffer; readonly accountId: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ cart_id: string }>`
    SELECT l.cart_id FROM orders.cart_claim l JOIN orders.cart c ON c.id = l.cart_id
    WHERE l.guest_cart_id = ${claim.guestCartId} AND l.token_hash = ${claim.tokenHash} AND c.account_id = ${claim.accountId}`.execute(trx);
  return rows[0]?.cart_id;
}
