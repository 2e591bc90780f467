import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';

import { Stock, StockChange, StockListQuery } from '#contracts/inventory.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { commitAndPublish, present } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, stockReaders, warehouseRoles } from '../deps.ts';
import { ids, pageWith, stockExample } from '../examples.ts';
import { changeThreshold, getStock, listStock, stockTag } from './service.ts';

const params = Type.Object({ storeId: Uuid, productId: Uuid });
const ofExample = { storeId: ids.storeId, productId: ids.productId };

const send = (reply: FastifyReply, stock: Stock): FastifyReply => reply.header('etag', stockTag(stock)).send(stock);

export function registerStock(app: App, deps: InventoryDeps): void {
  const { db } = deps;

  const list = operation({
    id: 'listStock',
    summary: 'A page of stock, by store and product',
    access: { roles: stockReaders },
    request: { querystring: StockListQuery },
    answers: { 200: pageOf(Stock) },
    errors: [],
    example: { query: { storeId: ids.storeId, lowOnly: true }, answer: pageWith(stockExample) },
  });
  app.get('/v1/stock', list, async (request) => listStock(db, request.query));

  const get = operation({
    id: 'getStock',
    summary: 'What one store has of one product',
    access: { roles: stockReaders },
    request: { params },
    answers: { 200: Stock },
    errors: ['not_found'],
    example: { params: ofExample, answer: stockExample },
    tells: ['etag'],
  });
  app.get('/v1/stock/:storeId/:productId', get, async ({ params: { storeId, productId } }, reply) =>
    send(reply, await getStock(db, storeId, productId)),
  );

  const change = operation({
    id: 'changeStock',
    summary: 'Says from where down it is low; numbers change by receipts, transfers and counts',
    access: { roles: warehouseRoles },
    request: { params, body: StockChange },
    answers: { 200: Stock },
    errors: ['not_found', 'foreign_home_region'],
    example: { params: ofExample, body: { lowAt: 5 }, answer: stockExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/stock/:storeId/:productId', change, async (request, reply) => {
    const { storeId, productId } = request.params;
    const work = async () => changeThreshold(db, storeId, productId, ifMatchOf(request), request.body.lowAt);
    return send(reply, present(await commitAndPublish(deps, request, work)));
  });
}
