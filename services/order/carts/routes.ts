import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';

import { Cart, CartCreation, CartLines, CartQuery, CreatedCart, LineChange } from '#contracts/cart.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { versionTag } from '#platform/entity/version-tag.ts';
import { AppError } from '#platform/errors.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';
import { hashOfToken } from '#platform/random-token.ts';

import { signedIn } from '../access.ts';
import type { OrderDeps } from '../deps.ts';
import { cartExample, linesExample } from '../examples.ts';
import { cartToken, ownerOf, tokenIn, tokenOfClaimed } from '../owner.ts';
import { claimCart } from './claim.ts';
import { changeLines, createCart, getCart, removeCart, wholeList, withQuantity, type Versioned } from './service.ts';

const params = Type.Object({ id: Uuid });
const lineParams = Type.Object({ id: Uuid, productId: Uuid });
const ofExample = { id: cartExample.id };
const ofLine = { ...ofExample, productId: linesExample.lines[0].productId };
const owner = { roles: 'anyone', otherwise: 'the bearer of the cart’s token, in the header cart-token' } as const;
const changes = ['not_found', 'state_conflict', 'amount_too_large'] as const;

const send = (reply: FastifyReply, { item, version }: Versioned<object>): FastifyReply =>
  reply.header('etag', versionTag(version)).header('cache-control', 'no-store').send(item);

export function registerCarts(app: App, deps: OrderDeps): void {
  const create = operation({
    id: 'createCart',
    summary: 'A new cart of a guest, with its token; or the open cart of the caller’s account, made where there is none',
    access: { roles: 'anyone' },
    request: { body: CartCreation },
    answers: { 201: CreatedCart, 200: CreatedCart },
    errors: ['amount_too_large', 'account_erased'],
    example: { body: { currency: 'GBP' }, answer: { ...cartExample, token: 'pW8mSHLTQ4hFTDuiO0rxQAJnTHCw8yHzuRmOSJ7YF1g' } },
    tells: ['etag', 'location'],
  });
  app.post('/v1/carts', create, async (request, reply) => {
    const created = await createCart(deps, request.caller?.accountId, request.body.currency);
    return send(created.isNew ? reply.code(201).header('location', `/v1/carts/${created.item.id}`) : reply, created);
  });

  const get = operation({
    id: 'getCart',
    summary: 'A cart at the prices of now; with `country` what it costs there',
    access: owner,
    reads: cartToken,
    request: { params, querystring: CartQuery },
    answers: { 200: Cart },
    errors: ['not_found', 'not_deliverable', 'amount_too_large'],
    example: { params: ofExample, query: { country: 'GB' }, answer: cartExample },
    tells: ['etag'],
  });
  app.get('/v1/carts/:id', get, async (request, reply) =>
    send(reply, await getCart(deps, request.params.id, ownerOf(request, 'cart-token'), request.query.country)),
  );

  const put = operation({
    id: 'putCartLines',
    summary: 'Puts these lines in the place of the cart’s; sent again, it is no other change',
    access: owner,
    reads: cartToken,
    request: { params, body: CartLines },
    answers: { 200: Cart },
    errors: [...changes, 'reference_missing'],
    example: { params: ofExample, body: linesExample, answer: cartExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.put('/v1/carts/:id/lines', put, async (request, reply) => {
    const lines = wholeList(request.body.lines);
    return send(reply, await changeLines(deps, request.params.id, ownerOf(request, 'cart-token'), ifMatchOf(request), () => lines));
  });

  const change = operation({
    id: 'changeCartLine',
    summary: 'Another quantity of a product that is in the cart',
    access: owner,
    reads: cartToken,
    request: { params: lineParams, body: LineChange },
    answers: { 200: Cart },
    errors: changes,
    example: { params: ofLine, body: { quantity: 2 }, answer: cartExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/carts/:id/lines/:productId', change, async (request, reply) => {
    const { id, productId } = request.params;
    return send(
      reply,
      await changeLines(deps, id, ownerOf(request, 'cart-token'), ifMatchOf(request), (lines) =>
        withQuantity(lines, productId, request.body.quantity),
      ),
    );
  });

  const removeLine = operation({
    id: 'removeCartLine',
    summary: 'Takes a product out of the cart; one that is not in it is no change',
    access: owner,
    reads: cartToken,
    request: { params: lineParams },
    answers: { 200: Cart },
    errors: changes,
    example: { params: ofLine, answer: cartExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.delete('/v1/carts/:id/lines/:productId', removeLine, async (request, reply) => {
    const { id, productId } = request.params;
    return send(
      reply,
      await changeLines(deps, id, ownerOf(request, 'cart-token'), ifMatchOf(request), (lines) =>
        lines.filter((line) => line.productId !== productId),
      ),
    );
  });

  const remove = operation({
    id: 'deleteCart',
    summary: 'Throws an open cart away',
    access: owner,
    reads: cartToken,
    request: { params },
    answers: { 204: null },
    errors: ['not_found', 'state_conflict'],
    example: { params: ofExample },
    needs: ['if-match'],
  });
  app.delete('/v1/carts/:id', remove, async (request, reply) => {
    await removeCart(deps, request.params.id, ownerOf(request, 'cart-token'), ifMatchOf(request));
    return reply.code(204).send();
  });

  const claim = operation({
    id: 'claimCart',
    summary:
      'Makes a guest’s cart the account’s: quantities add up, up to what a line may hold, and the guest’s token opens nothing any more',
    access: { roles: signedIn, otherwise: 'and with it the cart’s token, in the header cart-token' },
    reads: tokenOfClaimed,
    request: { params },
    answers: { 200: Cart },
    errors: ['not_found', 'state_conflict', 'amount_too_large', 'account_erased'],
    example: { params: ofExample, answer: cartExample },
    tells: ['etag'],
  });
  app.post('/v1/carts/:id/claim', claim, async (request, reply) => {
    const token = tokenIn(request, 'cart-token');
    if (token === undefined) throw new AppError('not_found');
    return send(reply, await claimCart(deps, request.params.id, callerOf(request).accountId, hashOfToken(token)));
  });
}
