import { createHmac } from 'node:crypto';

import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { BearerToken } from '#contracts/cart.ts';
import { AppError } from '#platform/errors.ts';
import { hashOfToken } from '#platform/random-token.ts';

const guestsToken = (what: string) => Type.String({ ...BearerToken, description: `The token that a guest’s ${what} came with` });
/** What routes declare of the headers that show whose a cart or an order is. */
export const cartToken = { 'cart-token': Type.Optional(guestsToken('cart')) };
/** Of the route that makes a guest's cart an account's. */
export const tokenOfClaimed = { 'cart-token': guestsToken('cart') };
export const orderToken = { 'order-token': Type.Optional(guestsToken('order')) };

const isToken = Compile(BearerToken);

/** What a request shows for being the owner of a cart or an order: its account, a guest's token, or both. */
export interface Owner {
  readonly accountId: string | null;
  /** Of the token that was sent, which itself is kept nowhere. */
  readonly tokenHash: Buffer | null;
}

/**
 * The token of the order that a guest's cart became: made from the cart's, so that a checkout that is sent again answers the very same, while only hashes are
 * stored. From it nobody gets back to the cart's.
 */
const orderTokenOf = (cartToken: string, orderId: string): string =>
  createHmac('sha256', cartToken).update(`order:${orderId}`).digest('base64url');

/** The guest's token that was sent in `header`, where it is one. */
export function tokenIn(request: FastifyRequest, header: 'cart-token' | 'order-token'): string | undefined {
  const value = request.headers[header];
  return isToken.Check(value) ? value : undefined;
}

/** Throws AppError `unauthenticated` where the request shows nothing. */
export function ownerOf(request: FastifyRequest, header: 'cart-token' | 'order-token'): Owner {
  const token = tokenIn(request, header);
  const { caller } = request;
  if (caller === undefined && token === undefined) throw new AppError('unauthenticated');
  return { accountId: caller?.accountId ?? null, tokenHash: token === undefined ? null : hashOfToken(token) };
}

/** Whose idempotency keys a request's are: the account's, or the guest's, told by what is stored of the token. */
export const scopeOf = ({ accountId, tokenHash }: Owner): string => accountId ?? tokenHash?.toString('base64url') ?? 'nobody';

/** Who checks a cart out. */
export interface Buyer {
  readonly owner: Owner;
  /** The token itself: a guest's order is found by one that is made of it. */
  readonly cartToken: string | undefined;
}

/** A guest's token of an order; undefined for an account, which needs none. */
export const guestTokenOf = ({ owner, cartToken }: Buyer, orderId: string): string | undefined =>
  owner.accountId === null && cartToken !== undefined ? orderTokenOf(cartToken, orderId) : undefined;
