import { Type } from 'typebox';

import { Translation, TranslationList, TranslationWriting } from '#contracts/catalog-content.ts';
import { translationIdOf } from '#contracts/ids.ts';
import { Language } from '#contracts/user.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchIn, ifMatchOf } from '#platform/entity/if-match.ts';
import { deleteSynced } from '#platform/entity/synced.repository.ts';
import { commitAndPublish, deleteAndPublish, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { deletion } from '../deletion.ts';
import { type CatalogDeps, staffRoles } from '../deps.ts';
import { productExample, translationExample } from '../examples.ts';
import { listTranslations, putTranslation } from './service.ts';

const ofProduct = Type.Object({ id: Uuid });
const params = Type.Object({ id: Uuid, language: Language });
const staff = { roles: staffRoles };
const example = { id: productExample.id, language: translationExample.language };

/** For editors: readers get the language that they ask for with the product itself. */
export function registerTranslations(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  const list = operation({
    id: 'listTranslations',
    summary: "A product's texts in each language that it has been translated to",
    access: staff,
    request: { params: ofProduct },
    answers: { 200: TranslationList },
    errors: ['not_found'],
    example: { params: { id: productExample.id }, answer: { items: [translationExample] } },
  });
  app.get('/v1/products/:id/translations', list, async (request) => ({ items: await listTranslations(db, request.params.id) }));

  const put = operation({
    id: 'putTranslation',
    summary: "A product's texts in a language; If-Match says which version they replace, where there are some",
    access: staff,
    request: { params, body: TranslationWriting },
    answers: { 200: Translation, 201: Translation },
    errors: ['not_found', 'if_match_required', 'stale', 'reference_missing'],
    example: { params: example, body: { name: translationExample.name }, answer: translationExample },
    tells: ['etag'],
  });
  app.put('/v1/products/:id/translations/:language', put, async (request, reply) => {
    const { id: productId, language } = request.params;
    const tags = ifMatchIn(request);
    const work = async () => putTranslation(db, { productId, language }, tags, request.body);
    const { translation, isNew } = await commitAndPublish(deps, request, work, 'id');
    return sendItem(reply.code(isNew ? 201 : 200), translation);
  });

  const remove = deletion({
    id: 'deleteTranslation',
    summary: "Deletes a product's texts in a language, and leaves a tombstone whose stamp is answered",
    params,
    example,
  });
  app.delete('/v1/products/:id/translations/:language', remove, async (request, reply) => {
    const id = translationIdOf(request.params.id, request.params.language);
    return deleteAndPublish(deps, request, reply, async () => deleteSynced(db, 'catalog.translation', id, ifMatchOf(request)));
  });
}
