import { Type } from 'typebox';

import { Price, PriceChange, PriceCreation, PriceList } from '#contracts/catalog-content.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { deleteSynced } from '#platform/entity/synced.repository.ts';
import { commitAndPublish, deleteAndPublish, present, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { deletion } from '../deletion.ts';
import { type CatalogDeps, staffRoles } from '../deps.ts';
import { priceExample, productExample } from '../examples.ts';
import { isStaff } from '../products/reader.ts';
import { changePrice, createPrice, listPrices } from './service.ts';

const params = Type.Object({ id: Uuid });
const staff = { roles: staffRoles };
const ofExample = { id: priceExample.id };
const { region, price, validFrom, validTo } = priceExample;

export function registerPrices(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  const list = operation({
    id: 'listPrices',
    summary: "A product's prices by region and currency that are valid now; to staff also what was and what is to come",
    access: { roles: 'anyone' },
    request: { params },
    answers: { 200: PriceList },
    errors: ['not_found'],
    example: { params: { id: productExample.id }, answer: { items: [priceExample] } },
  });
  app.get('/v1/products/:id/prices', list, async (request, reply) =>
    reply.header('vary', 'authorization').send({ items: await listPrices(db, request.params.id, isStaff(request)) }),
  );

  const create = operation({
    id: 'createPrice',
    summary: 'What a product costs in a region and a currency, for a time or for good',
    access: staff,
    request: { params, body: PriceCreation },
    answers: { 201: Price },
    errors: ['not_found', 'already_exists', 'price_overlaps', 'reference_missing'],
    example: { params: { id: productExample.id }, body: { region, price, validFrom, validTo }, answer: priceExample },
    tells: ['etag'],
  });
  app.post('/v1/products/:id/prices', create, async (request, reply) => {
    const work = async () => createPrice(db, request.params.id, request.body, new Date().toISOString());
    return sendItem(reply.code(201), await commitAndPublish(deps, request, work, 'id'));
  });

  const change = operation({
    id: 'changePrice',
    summary: 'Changes the amount of a price, or when it ends',
    access: staff,
    request: { params, body: PriceChange },
    answers: { 200: Price },
    errors: ['not_found', 'price_overlaps'],
    example: { params: ofExample, body: { validTo }, answer: priceExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/prices/:id', change, async (request, reply) => {
    const work = async () => changePrice(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await commitAndPublish(deps, request, work)));
  });

  const remove = deletion({
    id: 'deletePrice',
    summary: 'Deletes a price, and leaves a tombstone whose stamp is answered',
    params,
    example: ofExample,
  });
  app.delete('/v1/prices/:id', remove, async (request, reply) =>
    deleteAndPublish(deps, request, reply, async () => deleteSynced(db, 'catalog.price', request.params.id, ifMatchOf(request))),
  );
}
