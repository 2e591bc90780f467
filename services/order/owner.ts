import { createHash, createHmac, randomBytes } from 'node:crypto';

import type { FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';

import { BearerToken } from '#contracts/cart.ts';
import { AppError } from '#platform/errors.ts';

const isToken = Compile(BearerToken);

/** What a request shows for being the owner of a cart or an order: its account, a guest's token, or both. */
export interface Owner {
  readonly accountId: string | null;
  /** Of the token that was sent, which itself is kept nowhere. */
  readonly tokenHash: Buffer | null;
}

/** A token of 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is stored of a token. It is random, so a plain hash cannot be guessed back. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * The token of the order that a guest's cart became: made from the cart's, so that a checkout that is sent again answers the very same, while only hashes are
 * stored. From it nobody gets back to the cart's.
 */
export const orderTokenOf = (cartToken: string, orderId: string): string =>
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
  return { accountId: caller?.accountId ?? null, tokenHash: token === undefined ? null : hashOf(token) };
}
