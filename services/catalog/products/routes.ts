import { Type } from 'typebox';

import { Product, ProductChange, ProductCreation, ProductListQuery, ProductPage, ProductQuery } from '#contracts/catalog.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { commitAndPublish, deleteAndPublish, present, sendCreated, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { deletion } from '../deletion.ts';
import { type CatalogDeps, staffRoles } from '../deps.ts';
import { facetsExample, pageWith, productCreationExample, productExample } from '../examples.ts';
import { contentLanguage } from '../languages/localise.ts';
import { keptSpellings } from '../search/kept-spellings.ts';
import { deleteProduct } from './products.repository.ts';
import { productReads } from './product-reads.ts';
import { readerOf, VARY } from './reader.ts';
import { changeProduct, createProduct, getProduct, listProducts } from './service.ts';

const params = Type.Object({ id: Uuid });
const anyone = { roles: 'anyone' } as const;
const staff = { roles: staffRoles };
const ofExample = { id: productExample.id };

/** Much less than it takes a new product to be talked of. */
const SPELLINGS_KEPT_MS = 10_000;

export function registerProducts(app: App, deps: CatalogDeps): void {
  const { db } = deps;
  const find = productReads(db);
  const reads = { db, findSpellings: keptSpellings(db, SPELLINGS_KEPT_MS) };

  const list = operation({
    id: 'listProducts',
    summary: 'A page of products; with `q` the best matches first, whether English or Chinese, with slips of spelling',
    access: anyone,
    request: { querystring: ProductListQuery },
    answers: { 200: ProductPage },
    errors: ['forbidden'],
    example: {
      query: { q: 'heart holder', currency: 'GBP', maxPriceMinor: 500, facets: true, limit: 20 },
      answer: { ...pageWith(productExample), facets: facetsExample },
    },
  });
  app.get('/v1/products', list, async (request, reply) => {
    const page = await listProducts(reads, request.query, readerOf(request, request.query));
    const language = contentLanguage(page.items);
    if (language !== undefined) reply.header('content-language', language);
    return reply.header('vary', VARY).send(page);
  });

  const get = operation({
    id: 'getProduct',
    summary: 'One product; its cost for staff alone',
    access: anyone,
    request: { params, querystring: ProductQuery },
    answers: { 200: Product },
    errors: ['not_found'],
    example: { params: ofExample, query: { language: 'en', currency: 'GBP' }, answer: productExample },
    tells: ['etag'],
  });
  app.get('/v1/products/:id', get, async (request, reply) => {
    const product = await getProduct(find, request.params.id, readerOf(request, request.query));
    return sendItem(reply.header('vary', VARY).header('content-language', product.language), product);
  });

  const create = operation({
    id: 'createProduct',
    summary: 'A new product; its id is made from the stock code',
    access: staff,
    request: { body: ProductCreation },
    answers: { 201: Product },
    errors: ['already_exists', 'reference_missing'],
    example: { body: productCreationExample, answer: productExample },
    tells: ['etag', 'location'],
  });
  app.post('/v1/products', create, async (request, reply) =>
    sendCreated(reply, '/v1/products', await commitAndPublish(deps, request, () => createProduct(db, request.body), 'categoryId')),
  );

  const change = operation({
    id: 'changeProduct',
    summary: 'Changes what the body names; a price that differs gets the instant of now',
    access: staff,
    request: { params, body: ProductChange },
    answers: { 200: Product },
    errors: ['not_found', 'reference_missing'],
    example: { params: ofExample, body: { name: productExample.name }, answer: productExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/products/:id', change, async (request, reply) => {
    const work = async () => changeProduct(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await commitAndPublish(deps, request, work, 'categoryId')));
  });

  const remove = deletion({
    id: 'deleteProduct',
    summary: 'Deletes a product, and leaves a tombstone whose stamp is answered',
    params,
    example: ofExample,
  });
  app.delete('/v1/products/:id', remove, async (request, reply) =>
    deleteAndPublish(deps, request, reply, async () => deleteProduct(db, request.params.id, ifMatchOf(request))),
  );
}
